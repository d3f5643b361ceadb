import type { CustomFetch } from 'openid-client'
import type { Exchange } from './visit.ts'

/** Sends requests and remembers them, to be shown. */
export function recorder(): { fetch: CustomFetch; take(): readonly Exchange[] } {
  let exchanges: Exchange[] = []
  return {
    async fetch(url, { method, headers, body }) {
      const request = new Request(url, { method, headers, ...(body !== undefined && body !== null && { body }) })
      const sent = [
        `${request.method} ${request.url}`,
        ...interesting(request.headers),
        '',
        await request.clone().text(),
      ]
      const response = await fetch(request)
      const received = [
        `${response.status} ${response.statusText}`,
        ...interesting(response.headers),
        '',
        await response.clone().text(),
      ]
      exchanges.push({ request: spelled(sent), response: spelled(received) })
      return response
    },
    take() {
      const taken = exchanges
      exchanges = []
      return taken
    },
  }
}

const telling = ['authorization', 'content-type', 'www-authenticate', 'cache-control', 'location']

function interesting(headers: Headers): readonly string[] {
  return [...headers].filter(([name]) => telling.includes(name)).map(([name, value]) => `${name}: ${value}`)
}

function spelled(lines: readonly string[]): string {
  const text = lines.join('\n').trim()
  return text.length > 4000 ? `${text.slice(0, 4000)} …` : text
}

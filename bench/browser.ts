/** A person's browser: a cookie jar that minds paths, and pages with forms. Used before a measurement, never in one. */
import { formsOf, type Form } from '../testing/visitor.ts'

/** A page a browser shows, or the address outside the server that it was sent to. */
export interface Page {
  readonly url: URL
  readonly status: number
  readonly body: string
  /** Set when the server sent the browser elsewhere. */
  readonly leaves?: URL
}

interface Cookie {
  readonly value: string
  readonly path: string
}

/** A browser for one origin. */
export class Browser {
  readonly #cookies = new Map<string, Cookie>()
  readonly #origin: string

  constructor(origin: string) {
    this.#origin = origin
  }

  /** The `Cookie` header this browser would send there; empty when it has none. */
  cookieFor({ pathname }: URL): string {
    return [...this.#cookies]
      .filter(([, { path }]) => path === '/' || pathname === path || pathname.startsWith(`${path}/`))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ')
  }

  /** Goes to an address and follows redirects within the origin. */
  go(address: URL): Promise<Page> {
    return this.#follow(address, { method: 'GET' })
  }

  /** Sends the form of a page that has a button of this id or none in particular, with fields filled in. */
  submit(page: Page, fields: Readonly<Record<string, string>>, press?: string): Promise<Page> {
    const has = (form: Form) => press === undefined || form.buttons.some(({ id }) => id === press)
    const form = formsOf(page.body).find(has)
    if (form === undefined) throw new Error(`${page.url.href} (${page.status}) has no such form:\n${page.body}`)
    const button = form.buttons.find(({ id }) => press !== undefined && id === press)
    const body = new URLSearchParams(form.fields.filter(([name]) => !(name in fields)).map(([...pair]) => pair))
    for (const [name, value] of Object.entries(fields)) body.append(name, value)
    if (button?.name !== undefined) body.append(button.name, button.value)
    const headers = { origin: this.#origin, 'sec-fetch-site': 'same-origin' }
    return this.#follow(new URL(form.action ?? page.url.href, page.url), { method: 'POST', headers, body })
  }

  /** Sends JSON, as the script of a page would, and goes where the answer leads. */
  async post(address: URL, body: object): Promise<Page> {
    const headers = { 'content-type': 'application/json', origin: this.#origin }
    return this.lead(await this.#follow(address, { method: 'POST', headers, body: JSON.stringify(body) }))
  }

  /** Goes where a script is told to go by an answer in JSON: its `url`. */
  async lead(page: Page): Promise<Page> {
    const { url } = page.status === 200 ? (JSON.parse(page.body) as { readonly url?: string }) : {}
    if (url === undefined) throw new Error(`${page.url.href} leads nowhere: ${page.status} ${page.body}`)
    const next = new URL(url, page.url)
    return next.origin === this.#origin ? this.go(next) : { ...page, leaves: next }
  }

  async #follow(address: URL, first: RequestInit): Promise<Page> {
    let url = address
    let request = first
    for (let hop = 0; hop < 10; hop += 1) {
      const headers = { ...(request.headers as Record<string, string> | undefined), cookie: this.cookieFor(url) }
      const response = await fetch(url, { ...request, headers, redirect: 'manual' })
      const body = await response.text()
      for (const line of response.headers.getSetCookie()) this.#keep(line)
      const location = response.headers.get('location')
      if (location === null) return { url, status: response.status, body }
      const next = new URL(location, url)
      if (next.origin !== this.#origin) return { url, status: response.status, body, leaves: next }
      url = next
      request = { method: 'GET' }
    }
    throw new Error(`too many redirects, at last to ${url.href}`)
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(/; */)
    const read = (name: string) =>
      attributes.find((one) => one.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1)
    const name = pair.slice(0, pair.indexOf('='))
    const expires = read('expires')
    const isGone = read('max-age') === '0' || (expires !== undefined && Date.parse(expires) <= Date.now())
    if (isGone) this.#cookies.delete(name)
    else this.#cookies.set(name, { value: pair.slice(name.length + 1), path: read('path') ?? '/' })
  }
}

/** Tells what somebody pasted to have it explained, and reads the request in it: an address, a form, a curl command. */
import { newOpaqueId } from '../../kernel/ids.ts'
import { secretPrefixes } from '../../kernel/secret.ts'
import type { HttpRequest } from '../../http/message.ts'

/** What was pasted. */
export type Presented =
  | { readonly kind: 'reference' | 'token' }
  | { readonly kind: 'authorization_request' | 'token_request'; readonly request: HttpRequest }

const form = { 'content-type': 'application/x-www-form-urlencoded' }
/** A reference is 128 bits in base64url, `newOpaqueId`. */
const reference = /^[A-Za-z0-9_-]{22}$/

/** Tells what a text is. Anything unknown is taken for a token, and then said not to be one of ours. */
export function presentedIn(text: string): Presented {
  if (/^curl\s/.test(text)) return { kind: 'token_request', request: curlRequest(text) }
  if (/^https?:\/\//i.test(text)) return { kind: 'authorization_request', request: addressRequest(text) }
  if (Object.values(secretPrefixes).some((prefix) => text.startsWith(prefix))) return { kind: 'token' }
  if (/^[a-z_]+=/.test(text)) return { kind: 'token_request', request: requestOf({ headers: form, body: text }) }
  return { kind: reference.test(text) ? 'reference' : 'token' }
}

function addressRequest(address: string): HttpRequest {
  const [whole = ''] = address.split('#', 1)
  const mark = whole.indexOf('?')
  return requestOf({ method: 'GET', query: mark === -1 ? '' : whole.slice(mark + 1) })
}

/** Reads the options of curl that say what is sent; the others do not change that. */
function curlRequest(command: string): HttpRequest {
  const headers: Record<string, string> = {}
  const body: string[] = []
  const words = shellWords(command)
  for (const [index, word] of words.entries()) {
    const value = words[index + 1] ?? ''
    if (word === '-u' || word === '--user') headers['authorization'] = `Basic ${Buffer.from(value).toString('base64')}`
    if (word === '-H' || word === '--header') Object.assign(headers, headerField(value))
    if (word === '-d' || /^--data(-raw|-ascii|-binary)?$/.test(word)) body.push(value)
    if (word === '--data-urlencode') body.push(encodedPair(value))
  }
  return requestOf({ headers: { ...form, ...headers }, body: body.join('&') })
}

function headerField(line: string): Readonly<Record<string, string>> {
  const colon = line.indexOf(':')
  return colon === -1 ? {} : { [line.slice(0, colon).trim().toLowerCase()]: line.slice(colon + 1).trim() }
}

function encodedPair(pair: string): string {
  const equals = pair.indexOf('=')
  return equals === -1
    ? encodeURIComponent(pair)
    : pair.slice(0, equals + 1) + encodeURIComponent(pair.slice(equals + 1))
}

/** Cuts a command into its words as a shell would: quotation marks, backslashes, lines that go on. */
function shellWords(command: string): readonly string[] {
  const words = command.replaceAll(/\\\r?\n/g, ' ').match(/(?:'[^']*'|"(?:\\[^]|[^"\\])*"|\\[^]|[^\s'"\\])+/g) ?? []
  return words.map((word) =>
    word.replaceAll(
      /'([^']*)'|"((?:\\[^]|[^"\\])*)"|\\([^])/g,
      (_, plain?: string, quoted?: string, escaped?: string) =>
        plain ?? quoted?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
    ),
  )
}

function requestOf(sent: Partial<HttpRequest>): HttpRequest {
  const nothing = { path: '/', query: '', headers: {}, body: '', params: {}, address: '127.0.0.1' }
  return { method: 'POST', ...nothing, request_id: newOpaqueId(), ...sent }
}

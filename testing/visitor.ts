/** A person's browser without a browser: keeps cookies, follows redirects within the server, fills in and sends forms. */

/** A request as a visitor sends it. */
export interface Sent {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What came back. */
export interface Received {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: string
}

/** Where a visitor is after a request and the redirects that followed. */
export interface Visited extends Received {
  /** The last address of the server. */
  readonly url: URL
  /** Where outside the server the browser is sent to; undefined = the server shows a page. */
  readonly leaves?: URL
  /** Every answer on the way, this one last. */
  readonly answers: readonly Received[]
}

/** How a form is filled in, besides what it holds already. */
export interface Filling {
  /** The button that is pressed: its id, or `name=value`. */
  readonly press: string
  readonly fields?: Readonly<Record<string, string>>
  /** `name=value` of boxes that are unticked. */
  readonly untick?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
}

/** A form of a page. */
export interface Form {
  readonly action: string | undefined
  /** What is sent if nothing is touched. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly buttons: readonly { readonly id?: string; readonly name?: string; readonly value: string }[]
}

/** A browser with cookies of its own. */
export class Visitor {
  /** By name, as the browser holds them. */
  readonly cookies = new Map<string, string>()
  readonly #send: (sent: Sent) => Promise<Received>
  readonly #origin: string

  constructor(origin: string, send: (sent: Sent) => Promise<Received>) {
    this.#origin = origin
    this.#send = send
  }

  /** Goes to an address, and wherever it leads. */
  go(address: string | URL, headers: Readonly<Record<string, string>> = {}): Promise<Visited> {
    return this.#follow({ method: 'GET', url: new URL(address, this.#origin), headers, body: '' })
  }

  /** Sends a form that no page showed. */
  post(
    address: string | URL,
    form: Readonly<Record<string, string>> | readonly (readonly [string, string])[],
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Visited> {
    const pairs = Array.isArray(form) ? form : Object.entries(form)
    const body = new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString()
    const typed = { 'content-type': 'application/x-www-form-urlencoded', ...headers }
    return this.#follow({ method: 'POST', url: new URL(address, this.#origin), headers: typed, body })
  }

  /** Fills in the form that has the pressed button, and sends it. */
  submit(page: Visited, { press, fields = {}, untick = [], headers }: Filling): Promise<Visited> {
    const isPressed = ({ id, name, value }: Form['buttons'][number]) => id === press || `${name}=${value}` === press
    const form = formsOf(page.body).find(({ buttons }) => buttons.some(isPressed))
    const button = form?.buttons.find(isPressed)
    if (form === undefined || button === undefined) throw new Error(`No button ${press} on ${inOneLine(page)}`)
    const kept = form.fields.filter(([name, value]) => !(name in fields) && !untick.includes(`${name}=${value}`))
    const pressed = button.name === undefined ? [] : [[button.name, button.value] as const]
    return this.post(
      new URL(form.action ?? page.url.href, page.url),
      [...kept, ...Object.entries(fields), ...pressed],
      headers,
    )
  }

  async #follow(first: Sent): Promise<Visited> {
    const answers: Received[] = []
    let sent = first
    for (let hop = 0; hop < 10; hop += 1) {
      const received = await this.#once(sent)
      answers.push(received)
      const { location } = received.headers
      if (typeof location !== 'string') return { ...received, url: sent.url, answers }
      const next = new URL(location, sent.url)
      if (next.origin !== this.#origin) return { ...received, url: sent.url, leaves: next, answers }
      sent = { method: 'GET', url: next, headers: {}, body: '' }
    }
    throw new Error(`Too many redirects, at last to ${sent.url.href}`)
  }

  async #once(sent: Sent): Promise<Received> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const received = await this.#send({ ...sent, headers: { ...(cookie !== '' && { cookie }), ...sent.headers } })
    for (const line of [received.headers['set-cookie'] ?? []].flat()) {
      const [pair = '', ...attributes] = line.split('; ')
      const name = pair.slice(0, pair.indexOf('='))
      if (attributes.includes('Max-Age=0')) this.cookies.delete(name)
      else this.cookies.set(name, decodeURIComponent(pair.slice(name.length + 1)))
    }
    return received
  }
}

/** Reads the forms of a page as a browser would send them untouched. */
export function formsOf(body: string): readonly Form[] {
  return [...body.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gs)].map(([, tag = '', inside = '']) => {
    const inputs = [...inside.matchAll(/<input\b([^>]*)>/g)].map(([, text = '']) => attributesOf(text))
    const isSent = (input: Attributes) =>
      (input['type'] !== 'checkbox' && input['type'] !== 'radio') || 'checked' in input
    return {
      action: attributesOf(tag)['action'],
      fields: inputs
        .filter(isSent)
        .map((input) => [input['name'] ?? '', input['value'] ?? (isBox(input) ? 'on' : '')] as const),
      buttons: [...inside.matchAll(/<button\b([^>]*)>/g)].map(([, text = '']) => {
        const { id, name, value = '' } = attributesOf(text)
        return { ...(id !== undefined && { id }), ...(name !== undefined && { name }), value }
      }),
    }
  })
}

type Attributes = Readonly<Record<string, string>>

function isBox({ type }: Attributes): boolean {
  return type === 'checkbox' || type === 'radio'
}

function attributesOf(tag: string): Attributes {
  const found = [...tag.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)]
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, unescaped(value)]))
}

function unescaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
  return text.replaceAll(/&(amp|lt|gt|quot|#39);/g, (_, entity: string) => entities[entity] ?? '')
}

/** Tells which page somebody is at: its status, its address, what it refuses with if it does, and how its words begin. */
export function inOneLine({ status, url, body }: Visited): string {
  const [, code] = /id="error-code">([^<]*)</.exec(body) ?? []
  return [status, url.pathname, code, wordsOf({ body }).trim().slice(0, 300)].filter(Boolean).join(' · ')
}

/** The words of a page, without its markup. */
export function wordsOf({ body }: Pick<Received, 'body'>): string {
  const [, inside = body] = /<body>(.*)<\/body>/s.exec(body) ?? []
  return unescaped(inside.replaceAll(/<[^>]*>/g, ' ')).replaceAll(/\s+/g, ' ')
}

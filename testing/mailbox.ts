/** A mail server that keeps what it is given, and a web server that keeps what is posted to it: both real, on free ports. */
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A letter as it came over the network. */
export interface Received {
  readonly from: string
  readonly to: readonly string[]
  /** Header fields by lower-case name, unfolded. */
  readonly headers: ReadonlyMap<string, string>
  /** The body, its quoted-printable or base64 undone. */
  readonly text: string
}

/** A mail server. */
export interface Mailbox {
  /** `smtp://127.0.0.1:PORT` */
  readonly url: string
  /** What was taken, oldest first. */
  readonly letters: readonly Received[]
  /** What the next letters are answered with: undefined takes them, a number is the code of a refusal. */
  refuse(code: number | undefined, whom?: 'recipient' | 'sender'): void
  close(): Promise<void>
}

/** Starts a mail server. */
export async function openMailbox(): Promise<Mailbox> {
  const letters: Received[] = []
  let refusing: { readonly code: number | undefined; readonly whom: 'recipient' | 'sender' } | undefined
  const answer = (whom: 'recipient' | 'sender', done: (error?: Error) => void): void => {
    if (refusing?.code === undefined || refusing.whom !== whom) done()
    else done(Object.assign(new Error('Not now'), { responseCode: refusing.code }))
  }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onMailFrom: (_address, _session, done) => answer('sender', done),
    onRcptTo: (_address, _session, done) => answer('recipient', done),
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        letters.push({ from, to: envelope.rcptTo.map(({ address }) => address), ...parsed(Buffer.concat(chunks)) })
        done()
      })
    },
  })
  server.on('error', () => undefined) // a connection that breaks is the sender's affair
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  return {
    url: `smtp://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    letters,
    refuse(code, whom = 'recipient') {
      refusing = { code, whom }
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

function parsed(raw: Buffer): Pick<Received, 'headers' | 'text'> {
  const text = raw.toString()
  const end = text.indexOf('\r\n\r\n')
  const fields = text
    .slice(0, end)
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  const headers = new Map(
    fields.map((field) => {
      const colon = field.indexOf(':')
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const
    }),
  )
  return { headers, text: decoded(text.slice(end + 4), headers.get('content-transfer-encoding')) }
}

function decoded(body: string, encoding: string | undefined): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString()
  if (encoding !== 'quoted-printable') return body
  const bytes = body
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}

/** What was posted to a receiver. */
export interface Posted {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver of webhooks. */
export interface Receiver {
  readonly url: string
  /** `127.0.0.1:PORT`, as `outbound.allow` has it. */
  readonly host: string
  readonly posted: readonly Posted[]
  /** What the next events are answered with; 204 at first. */
  answer(status: number): void
  close(): Promise<void>
}

/** Starts a receiver of webhooks. */
export async function openReceiver(): Promise<Receiver> {
  const posted: Posted[] = []
  let status = 204
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      posted.push({ headers: request.headers, body })
      response.writeHead(status).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `http://${host}/events`,
    host,
    posted,
    answer(next) {
      status = next
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

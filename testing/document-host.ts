/** A host of documents by https on this machine, as a client or an attacker would have one, and what was asked of it. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { testCertificate } from './certificate.ts'

/** What is answered at a path. */
export interface Hosted {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** A text as it is, bytes as they are, anything else as JSON. */
  readonly body?: unknown
}

/** What came. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
}

/** A host of documents. */
export interface DocumentHost {
  /** `https://localhost:PORT`. */
  readonly origin: string
  /** `localhost:PORT`, as `outbound.allow` has it. */
  readonly host: string
  /** What was asked for so far, oldest first. */
  readonly asked: readonly Asked[]
  /** Puts something at a path; what is nowhere is 404. */
  put(path: string, hosted: Hosted): void
  close(): Promise<void>
}

/** Opens a host. Its certificate is believed by this process from now on, and by those that get `trustingEnvironment`. */
export async function openDocumentHost(): Promise<DocumentHost> {
  setDefaultCACertificates([...new Set([...getCACertificates('default'), testCertificate.certificate])])
  const hosted = new Map<string, Hosted>()
  const asked: Asked[] = []
  const server = createServer({ cert: testCertificate.certificate, key: testCertificate.key }, (request, response) => {
    const { method = '', url: path = '', headers } = request
    asked.push({ method, path, headers })
    request.resume()
    const { status = 200, headers: said = {}, body = '' } = hosted.get(path) ?? { status: 404 }
    const isRaw = typeof body === 'string' || body instanceof Uint8Array
    response.writeHead(status, { 'content-type': 'application/json', ...said })
    response.end(isRaw ? body : JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `localhost:${(server.address() as AddressInfo).port}`
  return {
    origin: `https://${host}`,
    host,
    asked,
    put: (path, what) => void hosted.set(path, what),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Makes the processes that this one starts from now on believe the certificate. Answers what takes that back. */
export function trustingEnvironment(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'licet-certificate-'))
  const file = join(directory, 'certificate.pem')
  writeFileSync(file, testCertificate.certificate)
  const before = process.env['NODE_EXTRA_CA_CERTS']
  process.env['NODE_EXTRA_CA_CERTS'] = file
  return () => {
    if (before === undefined) delete process.env['NODE_EXTRA_CA_CERTS']
    else process.env['NODE_EXTRA_CA_CERTS'] = before
    rmSync(directory, { recursive: true })
  }
}

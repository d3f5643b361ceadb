/** How pages are sent: as HTML that may load nothing from elsewhere, be framed by nobody and be kept by no cache. */
import { render, type Html } from '../kernel/html.ts'
import type { HttpResponse } from './message.ts'

/** What a page needs beyond the strictest rules. */
export interface PageOptions {
  /**
   * Where its forms may be sent: `self`, the default; one origin, for a response on its way by form; or `anywhere`, for
   * pages whose POST ends in a redirect to a client: Chromium and WebKit hold the whole chain of redirects to
   * `form-action`, and would swallow the answer.
   */
  readonly formAction?: 'self' | 'anywhere' | { readonly origin: string }
  /** The one inline script that may run, as a source of `script-src`: `'sha256-…'`. Default: none. */
  readonly scriptSource?: string
  /** The addresses that its frames may load, `https` all of them. Default: none. */
  readonly frames?: readonly string[]
  /** Who may frame it. Default: nobody. `anybody` takes a route that says so too. */
  readonly framedBy?: 'nobody' | 'anybody'
  /** Further header fields. */
  readonly headers?: HttpResponse['headers']
}

/** Answers with a page. */
export function page(status: number, html: Html, options: PageOptions = {}): HttpResponse {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': contentSecurityPolicy(options),
      ...(options.framedBy === 'anybody' ? {} : { 'x-frame-options': 'DENY' }),
      // A page's address names an interaction: nobody it links to may read it (RFC 9700 §4.2.4).
      'referrer-policy': 'no-referrer',
      ...options.headers,
    },
    body: render(html),
  }
}

function contentSecurityPolicy(options: PageOptions): string {
  const { formAction = 'self', scriptSource, frames = [], framedBy = 'nobody' } = options
  const action = typeof formAction === 'string' ? "'self'" : formAction.origin
  return [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    ...(scriptSource === undefined ? [] : [`script-src ${scriptSource}`]),
    ...(frames.length === 0 ? [] : [`frame-src ${[...new Set(frames.map(frameSource))].join(' ')}`]),
    ...(formAction === 'anywhere' ? [] : [`form-action ${action}`]),
    `frame-ancestors ${framedBy === 'nobody' ? "'none'" : '*'}`,
    "base-uri 'none'",
  ].join('; ')
}

/** Names one address to `frame-src`: its origin and path. A comma or semicolon in it would begin a rule (CSP §2.3.1). */
function frameSource(address: string): string {
  const { origin, pathname } = new URL(address)
  return origin + pathname.replaceAll(';', '%3B').replaceAll(',', '%2C')
}

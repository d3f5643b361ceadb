import { createHash } from 'node:crypto'

/** A file that pages load from us: its address holds its hash, so that browsers may keep it forever. */
export interface Asset {
  /** `/assets/<first 16 characters of the SHA-256, base64url>.<extension>` */
  readonly path: string
  readonly content_type: string
  readonly body: string
}

/** Names a file after its content. */
export function asset(body: string, extension: 'css' | 'js' | 'svg', content_type: string): Asset {
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 16)
  return { path: `/assets/${hash}.${extension}`, content_type, body }
}

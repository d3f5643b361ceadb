import { createHash } from 'node:crypto'

/** A file that pages load from us: its address holds its hash, so that browsers may keep it forever. */
export interface Asset {
  /** `/assets/<first 16 characters of the SHA-256, base64url>.<extension>` */
  readonly path: string
  readonly content_type: string
  readonly body: string
  /** The content where it is not a text; `body` is empty then. */
  readonly bytes?: Uint8Array
}

/** Names a file after its content. */
export function asset(body: string, extension: 'css' | 'js' | 'svg', content_type: string): Asset {
  return { path: pathOf(body, extension), content_type, body }
}

/** Names a picture after its content. */
export function pictureAsset(bytes: Uint8Array): Asset {
  return { path: pathOf(bytes, 'png'), content_type: 'image/png', body: '', bytes }
}

function pathOf(content: string | Uint8Array, extension: string): string {
  return `/assets/${createHash('sha256').update(content).digest('base64url').slice(0, 16)}.${extension}`
}

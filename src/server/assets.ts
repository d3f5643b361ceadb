/** The files and pictures that pages load from us. Their addresses hold their hashes, so a browser may keep them for good. */
import { refusal } from '../kernel/refusal.ts'
import type { Logos } from '../domain/logos.ts'
import type { Handler } from '../http/message.ts'
import { favicon } from '../ui/favicon.ts'
import { passkeyScript } from '../ui/passkey.ts'
import { stylesheet } from '../ui/stylesheet.ts'

const assetUnknown = refusal('invalid_request', 'asset_unknown', 'There is no such file', 404)

const forGood = {
  'cache-control': 'public, max-age=31536000, immutable',
  'cross-origin-resource-policy': 'same-origin',
}

const files = new Map([stylesheet, passkeyScript, favicon].map((file) => [file.path, file]))

/** Answers with a file; files are found by their whole address, so no path can lead out of them (PX-04). */
export const asset: Handler = (request) => {
  const file = files.get(`/assets/${request.params['file'] ?? ''}`)
  if (file === undefined) return Promise.reject(assetUnknown())
  return Promise.resolve({
    status: 200,
    headers: { 'content-type': file.content_type, ...forGood },
    body: file.body,
  })
}

/** Answers with the logo of a client, as long as this process holds it. */
export function logo({ logos }: { readonly logos: Logos }): Handler {
  return (request) => {
    const bytes = logos.find(request.params['file'] ?? '')
    if (bytes === undefined) return Promise.reject(assetUnknown())
    return Promise.resolve({ status: 200, headers: { 'content-type': 'image/png', ...forGood }, body: '', bytes })
  }
}

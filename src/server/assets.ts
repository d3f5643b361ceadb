/** The files and pictures that pages load from us. Their addresses hold their hashes, so a browser may keep them for good. */
import { refusal } from '../kernel/refusal.ts'
import type { Logos } from '../domain/logos.ts'
import type { Handler } from '../http/message.ts'
import type { Asset } from '../ui/asset.ts'
import { passkeyScript } from '../ui/passkey.ts'

const assetUnknown = refusal('invalid_request', 'asset_unknown', 'There is no such file', 404)

const forGood = {
  'cache-control': 'public, max-age=31536000, immutable',
  'cross-origin-resource-policy': 'same-origin',
}

/** The files that pages load, by their addresses. */
export interface Assets {
  /** Serves these from now on. Those served before stay for pages that are still open, until the next change. */
  put(files: readonly Asset[]): void
  find(path: string): Asset | undefined
}

/** Opens the files, one memory for the process. */
export function openAssets(): Assets {
  let [now, before] = [new Map<string, Asset>(), new Map<string, Asset>()]
  return {
    put(files) {
      before = now
      now = new Map([passkeyScript, ...files].map((file) => [file.path, file]))
    },
    find: (path) => now.get(path) ?? before.get(path),
  }
}

/** Answers with a file; files are found by their whole address, so no path can lead out of them (PX-04). */
export function asset({ assets }: { readonly assets: Assets }): Handler {
  return (request) => {
    const file = assets.find(`/assets/${request.params['file'] ?? ''}`)
    if (file === undefined) return Promise.reject(assetUnknown())
    const { content_type, body, bytes } = file
    const headers = { 'content-type': content_type, ...forGood }
    return Promise.resolve({ status: 200, headers, body, ...(bytes && { bytes }) })
  }
}

/** Answers with the logo of a client, as long as this process holds it. */
export function logo({ logos }: { readonly logos: Logos }): Handler {
  return (request) => {
    const bytes = logos.find(request.params['file'] ?? '')
    if (bytes === undefined) return Promise.reject(assetUnknown())
    return Promise.resolve({ status: 200, headers: { 'content-type': 'image/png', ...forGood }, body: '', bytes })
  }
}

import { readFileSync } from 'node:fs'
import { asset, type Asset } from './asset.ts'

/** The one stylesheet of all pages, read when the process starts. */
export const stylesheet: Asset = asset(
  readFileSync(new URL('styles.css', import.meta.url), 'utf8'),
  'css',
  'text/css; charset=utf-8',
)

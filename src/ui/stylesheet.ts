import { readFileSync } from 'node:fs'
import { asset, type Asset } from './asset.ts'

const written = readFileSync(new URL('styles.css', import.meta.url), 'utf8')

/** The one stylesheet of all pages, read when the process starts. What is there for its readers does not travel. */
export const stylesheet: Asset = asset(
  written.replace(/\/\*[^]*?\*\//g, '').replace(/^\s+/gm, ''),
  'css',
  'text/css; charset=utf-8',
)

/** What is measured and is none of our dependencies: packages of this folder, installed by whoever measures. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Peer } from './peer.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))

/** Tells whether what a peer takes is there. */
export const installed = ({ takes }: Peer): boolean =>
  takes === undefined || existsSync(`${folder}node_modules/${takes}`)

/** Installs the packages, as the lock file beside them says. Without a registry those peers are left out. */
export function installPeers(): void {
  if (existsSync(`${folder}node_modules`)) return
  try {
    execFileSync('npm', ['ci'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  } catch {
    console.error('bench: the peers of bench/peers/package.json could not be installed: they are left out')
  }
}

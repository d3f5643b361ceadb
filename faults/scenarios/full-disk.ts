/** RL-10: the disk with the database is full. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { spellTime } from '../figures.ts'
import { hold } from '../hold.ts'
import { startLoad } from '../load.ts'
import { startNode } from '../node.ts'
import { many, type Scenario } from '../scenario.ts'
import { configurationOf, newScene } from '../scene.ts'

/** A small disk of its own, filled to the last byte under load. */
export const fullDisk: Scenario = {
  id: 'RL-10',
  fault: 'the disk of the SQLite file is full, under load',
  holds: 'writes are told 503, reads go on, nothing is half; with room again all is as before',
  needs: ['mount'],
  tested: 'by hand',
  async run({ length, directory }) {
    const scene = newScene(6)
    const disk = join(directory, 'disk')
    await mkdir(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk])
    try {
      const node = await startNode({ directory: disk, configuration: configurationOf(scene) })
      try {
        const load = await startLoad({
          issuer: node.issuer,
          scene,
          pace: { rate: many(length, { short: 15, usual: 60, long: 60 }) },
          directory,
        })
        load.begin()
        const back: number[] = []
        for (let round = many(length, { short: 1, usual: 5, long: 40 }); round > 0; round -= 1) {
          await wait(1500)
          const filler = fill(disk)
          await wait(2000)
          assert.equal((await node.send({ path: '/jwks' })).status, 200)
          rmSync(filler)
          back.push(await node.until('/readyz', 200))
        }
        await wait(2000)
        const history = await load.stop()
        const verdict = await hold(history, { scene, node, database: `sqlite:${disk}/licet.db` })
        assert.ok(verdict.away > 0, 'the disk was never full')
        return { verdict, figures: { 'ready again': spellTime(Math.max(...back)) } }
      } finally {
        await node.close()
      }
    } finally {
      execFileSync('umount', ['-l', disk])
    }
  },
}

/** Takes all the room there is; answers the file that it is in. */
function fill(disk: string): string {
  const path = join(disk, 'filler')
  const file = openSync(path, 'w')
  const piece = Buffer.alloc(4096)
  try {
    for (;;) writeSync(file, piece)
  } catch {
    // Full: that is what it is for.
  } finally {
    closeSync(file)
  }
  return path
}

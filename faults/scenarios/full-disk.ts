/** RL-10: the disk with the database is full, or that with the log. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freshDatabase, startPostgres } from '../../testing/postgres.ts'
import { longest, spellTime } from '../figures.ts'
import { now } from '../flows.ts'
import { startNode, type FaultNode } from '../node.ts'
import { many, type Scenario } from '../scenario.ts'
import { configurationOf, newScene } from '../scene.ts'
import { steadyRate, underLoad } from '../under-load.ts'

/** A small disk of its own, filled to the last byte under load. */
export const fullDisk: Scenario = {
  id: 'RL-10',
  fault: 'the disk of the SQLite file is full, under load',
  holds: 'writes are told 503, reads go on, nothing is half; with room again all is as before',
  needs: ['mount'],
  tested: 'by hand',
  async run({ length, directory }) {
    const scene = newScene(6)
    const disk = await mountDisk(directory, '24m')
    try {
      const server = await startNode({ directory: disk, configuration: configurationOf(scene) })
      const database = `sqlite:${disk}/licet.db`
      const loaded = { scene, server, rate: steadyRate(length), directory, database }
      const { verdict, seen } = await underLoad(loaded, async () => {
        const back: number[] = []
        for (let round = many(length, rounds); round > 0; round -= 1) {
          await filledFor(2000, disk, server)
          back.push(await server.until('/readyz', 200))
        }
        await wait(2000)
        return back
      })
      assert.ok(verdict.away > 0, 'the disk was never full')
      return { verdict, figures: { 'ready again': spellTime(longest(seen)) } }
    } finally {
      unmount(disk)
    }
  },
}

/** PostgreSQL refuses what it cannot write; where it cannot write ahead it panics, and recovers only when there is room. */
export const fullPostgresDisk: Scenario = {
  id: 'RL-10-postgres',
  fault: 'the disk of PostgreSQL, 200 MB, is full, under load',
  holds: 'writes are told 503, keys come from memory, nothing is half; with room again all is as before',
  needs: ['mount'],
  tested: 'by hand',
  async run({ length, directory, say }) {
    const scene = newScene(6)
    // PostgreSQL runs as nobody, who has to get there.
    await chmod(directory, 0o711)
    const disk = await mountDisk(directory, '200m')
    const postgres = await startPostgres({}, disk)
    try {
      const server = await startNode({ directory, configuration: configurationOf(scene), database: postgres.url })
      const loaded = { scene, server, rate: steadyRate(length), directory, database: postgres.url }
      const { verdict, seen } = await underLoad(loaded, async () => {
        const back: number[] = []
        let deaths = 0
        for (let round = many(length, rounds); round > 0; round -= 1) {
          await filledFor(3000, disk, server)
          const room = now()
          // Where it could not even recover it has ended, and comes again as its supervisor would have it.
          await server.until('/readyz', 200, 5000).catch(async () => {
            deaths += 1
            await postgres.crash()
            await postgres.restart()
            await server.until('/readyz', 200)
          })
          back.push(now() - room)
          say(`ready again after ${spellTime(now() - room)}`)
        }
        await wait(2000)
        return { back, deaths }
      })
      assert.ok(verdict.away > 0, 'the disk was never full')
      const { back, deaths } = seen
      return { verdict, figures: { 'PostgreSQL ended': `${deaths} ×`, 'ready again': spellTime(longest(back)) } }
    } finally {
      await postgres.stop()
      unmount(disk)
    }
  },
}

/** The log is worth less than what it tells of. */
export const fullLogDisk: Scenario = {
  id: 'RL-10-log',
  fault: 'the disk that the log is written to is full, under load',
  holds: 'no request fails; once there is room the log goes on, and says how many lines it lost',
  needs: ['mount'],
  tested: 'by hand',
  async run({ length, directory }) {
    const scene = newScene(6)
    const database = await freshDatabase()
    const disk = await mountDisk(directory, '5m')
    try {
      const server = await startNode({ directory: disk, configuration: configurationOf(scene), database })
      const { verdict, seen } = await underLoad({ scene, server, rate: 60, directory, database }, async () => {
        for (let round = many(length, rounds); round > 0; round -= 1) await filledFor(3000, disk, server)
        await wait(1000)
        return server.output()
      })
      assert.deepEqual([verdict.away, verdict.unknown], [0, 0])
      const lost = [...seen.matchAll(/"event":"log_lines_lost","lost":(\d+)/g)]
      assert.ok(lost.length > 0, 'the disk was never full')
      const lines = lost.reduce((sum, [, count]) => sum + Number(count), 0)
      return { verdict, figures: { 'lines lost, and told': lines.toLocaleString('en'), 'failed requests': '0' } }
    } finally {
      unmount(disk)
    }
  },
}

const rounds = { short: 1, usual: 5, long: 40 }

/** A small disk of its own. */
async function mountDisk(directory: string, size: string): Promise<string> {
  const disk = join(directory, 'disk')
  await mkdir(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0755`, 'tmpfs', disk])
  return disk
}

function unmount(disk: string): void {
  execFileSync('umount', ['-l', disk])
}

/** Leaves no room for so long, milliseconds; what needs no database is answered meanwhile. */
async function filledFor(length: number, disk: string, node: FaultNode): Promise<void> {
  await wait(1500)
  const filler = fill(disk)
  await wait(length)
  assert.equal((await node.send({ path: '/jwks' })).status, 200)
  rmSync(filler)
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

/** RL-04: `kill -9` of PostgreSQL with everything that belongs to it, under load. */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { startPostgres, type PostgresServer } from '../../testing/postgres.ts'
import { longest, spellLongest, spellTime } from '../figures.ts'
import { startNode, type FaultNode } from '../node.ts'
import { many, type Scenario } from '../scenario.ts'
import { configurationOf, newScene } from '../scene.ts'
import { underLoad } from '../under-load.ts'

/** The database dies, stays away a moment, and comes back. The node lives on. */
export const killPostgres: Scenario = {
  id: 'RL-04',
  fault: '`kill -9` of PostgreSQL and all its processes, under load',
  holds: '503 with Retry-After meanwhile, keys and metadata from memory, nothing lost, back without a restart',
  tested: 'always',
  async run({ length, directory, say }) {
    const kills = many(length, { short: 2, usual: 10, long: 200 })
    // Over night a hundred thousand are acknowledged.
    const [rate, between] = many<readonly [number, number]>(length, {
      short: [60, 700],
      usual: [60, 700],
      long: [150, 5000],
    })
    const scene = newScene(6)
    const postgres = await startPostgres()
    const server = await startNode({ directory, configuration: configurationOf(scene), database: postgres.url })
    const loaded = { scene, server, rate, directory, database: postgres.url }
    try {
      const { history, verdict, seen } = await underLoad(loaded, async () => {
        const told: number[] = []
        const back: number[] = []
        for (let kill = 1; kill <= kills; kill += 1) {
          await wait(between)
          await killAll(postgres)
          told.push(await server.until('/readyz', 503))
          await livesOn(server)
          await postgres.restart()
          back.push(await server.until('/readyz', 200))
          if (kill % 20 === 0) say(`${kill} of ${kills} kills`)
        }
        await wait(500)
        return { told, back }
      })
      const away = history.filter(({ outcome }) => outcome === 'away')
      for (const { retry_after } of away) assert.ok(retry_after !== undefined && retry_after > 0)
      const figures = {
        kills: String(kills),
        'told after': spellTime(longest(seen.told)),
        'longest answer': spellTime(longest(history.map(({ begun, ended }) => ended - begun))),
        'back after': spellLongest(seen.back),
      }
      return { verdict, figures }
    } finally {
      await postgres.stop()
    }
  },
}

/** What needs no database is answered all the same. */
async function livesOn({ send }: FaultNode): Promise<void> {
  for (const path of ['/healthz', '/jwks', '/.well-known/openid-configuration']) {
    assert.equal((await send({ path })).status, 200, path)
  }
}

/** The postmaster first, which would begin anew with fresh processes; then all that it has begun, until they are gone. */
async function killAll(postgres: PostgresServer): Promise<void> {
  const first = await postgres.pid()
  process.kill(first, 'SIGSTOP')
  const listed = await readFile(`/proc/${first}/task/${first}/children`, 'utf8').catch(() => '')
  const children = listed.split(' ').filter((one) => one !== '')
  for (const pid of children) kill(Number(pid))
  await postgres.crash()
  // A PostgreSQL that is started while one of them still holds its memory refuses.
  for (const pid of children) while (await holdsMemory(pid)) await wait(5)
}

async function holdsMemory(pid: string): Promise<boolean> {
  const pages = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '0')
  return Number.parseInt(pages, 10) > 0
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself since we looked.
  }
}

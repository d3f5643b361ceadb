/** RL-11: the clock of one of two nodes jumps, an hour, back, and by ten years; that of a node on its own file, too. */
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { jsonOf } from '../../conformance/scene.ts'
import { freshDatabase } from '../../testing/postgres.ts'
import { acknowledged, latencies, spellQuantiles } from '../figures.ts'
import { assertAllAnswered, hold } from '../hold.ts'
import type { Operation } from '../history.ts'
import { startLoad } from '../load.ts'
import { startNode, type FaultNode } from '../node.ts'
import { onePerson } from '../one-person.ts'
import { many, type Scenario, type Setting } from '../scenario.ts'
import { configurationOf, halves, newScene } from '../scene.ts'
import { openShiftedClock, type ShiftedClock } from '../shifted-clock.ts'

/** Where the clock is set, seconds, in turn: what disagrees by less than a minute is nobody’s concern. */
const shifts = [30, 300, 3600, -3600, 315_360_000, 0]

/** Clocks jump. */
export const clockJumps: Scenario = {
  id: 'RL-11',
  fault: 'the clock of a node jumps: 30 s, 5 min, 1 h, back by 1 h, 10 years; under load, over both databases',
  holds: 'no request fails, nothing ends before its time, nothing that has expired comes back; readiness tells of it',
  needs: ['libfaketime'],
  tested: 'by hand',
  async run(setting) {
    const { verdict, history } = await twoNodes(setting)
    await oneFile(setting)
    return {
      verdict,
      figures: {
        jumps: String(2 * shifts.length),
        'failed requests': '0',
        latency: spellQuantiles(latencies(acknowledged(history))),
      },
    }
  },
}

/** One of two nodes over PostgreSQL is off; what each gives, the other takes. */
async function twoNodes({ length, directory }: Setting) {
  const scene = newScene(6)
  const database = await freshDatabase()
  const clock = openShiftedClock(directory, 'a')
  const common = { directory, configuration: { ...configurationOf(scene), sweeper: { every: '1s' } }, database }
  const one = await startNode({ ...common, environment: clock.environment })
  const other = await startNode({ ...common, issuer: one.issuer })
  try {
    const rate = many(length, { short: 15, usual: 30, long: 40 })
    const asked = { issuer: one.issuer, pace: { rate }, directory }
    const [these, those] = halves(scene)
    const loads = [
      await startLoad({ ...asked, scene: these }),
      await startLoad({ ...asked, scene: those, origin: `http://127.0.0.1:${other.port}` }),
    ]
    for (const load of loads) load.begin()
    const person = await onePerson(one, scene)
    await jump(one, clock, {
      pause: many(length, { short: 1500, usual: 4000, long: 60_000 }),
      async meanwhile() {
        const { access_token, refresh_token } = await person.tokens()
        assert.ok(await (await onePerson(other, scene)).isActive(access_token), 'the other node does not know it')
        assert.equal((await person.refresh(refresh_token)).status, 200)
      },
    })
    const history: Operation[] = []
    for (const load of loads) history.push(...(await load.stop()))
    assertAllAnswered(history)
    return { verdict: await hold(history, { scene, node: one, database }), history }
  } finally {
    await Promise.all([one.close(), other.close()])
  }
}

/** The only node there is: nothing but what it counted itself tells that its clock is wrong. */
async function oneFile({ length, directory }: Setting): Promise<void> {
  const scene = newScene(1)
  const own = join(directory, 'file')
  await mkdir(own)
  const clock = openShiftedClock(own, 'own')
  const lifetimes = { access_token: '1h', authorization_code: '2s' }
  const configuration = { ...configurationOf(scene), sweeper: { every: '1s' }, lifetimes }
  const node = await startNode({ directory: own, configuration, environment: clock.environment })
  try {
    const person = await onePerson(node, scene)
    const first = await person.tokens()
    const expired = await person.code()
    await wait(3100)
    await jump(node, clock, {
      pause: many(length, { short: 1500, usual: 2500, long: 10_000 }),
      async meanwhile() {
        assert.equal((await person.redeem(expired)).status, 400, 'a code that has expired was redeemed')
        assert.ok(await person.isActive(first.access_token), 'a token ended before its time')
        assert.equal((await person.refresh((await person.tokens()).refresh_token)).status, 200)
      },
    })
    assert.equal((await person.refresh(first.refresh_token)).status, 200)
  } finally {
    await node.close()
  }
}

/** Sets the clock of a node again and again, and looks each time at what must hold meanwhile, and at what readiness says. */
async function jump(
  node: FaultNode,
  clock: ShiftedClock,
  { pause, meanwhile }: { readonly pause: number; readonly meanwhile: () => Promise<void> },
): Promise<void> {
  for (const seconds of shifts) {
    clock.shift(seconds)
    await wait(pause)
    await meanwhile()
    const readiness = await node.send({ path: '/readyz' })
    const { machine_ahead = 0 } = jsonOf(readiness)
    const told = Math.abs(Number(machine_ahead) - (Math.abs(seconds) < 60 ? 0 : seconds)) <= 60
    assert.ok(readiness.status === 200 && told, `${seconds} s ahead, and readiness says ${readiness.body}`)
  }
}

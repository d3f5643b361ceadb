/** RL-02: the node dies after the commit and before its answer; RL-03: it dies before the commit. */
import assert from 'node:assert/strict'
import { tokensOf } from '../../conformance/scene.ts'
import { freshDatabase } from '../../testing/postgres.ts'
import { startCutProxy, type CutProxy, type Treatment } from '../cut-proxy.ts'
import { startNode, type FaultNode } from '../node.ts'
import { errorOf, onePerson, type OnePerson } from '../one-person.ts'
import { many, type Outcome, type Scenario, type Setting } from '../scenario.ts'
import { configurationOf, newScene } from '../scene.ts'

/** The database did it, and nobody was told. */
export const heldAnswer: Scenario = {
  id: 'RL-02',
  fault: '`kill -9` of a node between commit and answer',
  holds: 'who asks again gets the same successor; a code is spent, once; an end is an end',
  tested: 'always',
  run: (setting) =>
    killHolding(setting, { kind: 'hold_answer', table: 'authorizations' }, async (person, diesDuring) => {
      const { refresh_token, access_token } = await person.tokens()
      const response = await person.code()
      const ended = await person.tokens()
      await diesDuring([
        () => person.refresh(refresh_token),
        () => person.redeem(response),
        () => person.revoke(ended.refresh_token),
      ])
      const again = await person.refresh(refresh_token)
      assert.equal((await person.refresh(refresh_token)).body, again.body)
      assert.equal(await person.isActive(access_token), true)
      tokensOf(await person.refresh(tokensOf(again).refresh_token))
      const late = await person.redeem(response)
      assert.deepEqual([late.status, errorOf(late)], [400, 'invalid_grant'])
      assert.equal(await person.isActive(ended.access_token), false)
    }),
}

/** The database was told what to do and not that it counts. */
export const heldCommit: Scenario = {
  id: 'RL-03',
  fault: '`kill -9` of a node between statement and commit',
  holds: 'nothing happened: a code is good, once; a refresh token lives; nothing was ended',
  tested: 'by hand',
  run: (setting) =>
    killHolding(setting, { kind: 'hold_commit', table: 'authorizations' }, async (person, diesDuring) => {
      const { refresh_token } = await person.tokens()
      const response = await person.code()
      const kept = await person.tokens()
      await diesDuring([
        () => person.refresh(refresh_token),
        () => person.redeem(response),
        () => person.revoke(kept.refresh_token),
      ])
      tokensOf(await person.refresh(refresh_token))
      assert.equal(await person.isActive(kept.access_token), true)
      tokensOf(await person.redeem(response))
      assert.equal((await person.redeem(response)).status, 400)
    }),
}

type Act = (
  person: OnePerson,
  diesDuring: (asks: readonly (() => Promise<unknown>)[]) => Promise<void>,
) => Promise<void>

/** Lets a node die while its database connections are held, as often as it is asked to, one request at a time. */
async function killHolding(setting: Setting, treatment: Treatment, act: Act): Promise<Outcome> {
  const rounds = many(setting.length, { short: 1, usual: 5, long: 50 })
  const scene = newScene(1)
  const proxy = await startCutProxy(await freshDatabase())
  const { directory } = setting
  const node = await startNode({ directory, configuration: configurationOf(scene), database: proxy.url })
  let kills = 0
  try {
    const person = await onePerson(node, scene)
    for (let round = 0; round < rounds; round += 1) {
      await act(person, async (asks) => {
        for (const ask of asks) await dieDuring(ask, { node, proxy, treatment })
        kills += asks.length
      })
    }
  } finally {
    proxy.treat({ kind: 'pass' })
    await node.close()
    await proxy.close()
  }
  return { figures: { kills: String(kills) } }
}

interface Dying {
  readonly node: FaultNode
  readonly proxy: CutProxy
  readonly treatment: Treatment
}

async function dieDuring(ask: () => Promise<unknown>, { node, proxy, treatment }: Dying): Promise<void> {
  proxy.treat(treatment)
  // It never gets an answer: the node dies first, or says that the database is away.
  const unanswered = ask().catch(() => undefined)
  await proxy.held()
  await node.kill()
  proxy.treat({ kind: 'pass' })
  await unanswered
  await node.restart()
}

/** A process that other processes race through the stores of one database: `src/storage/stores-race.test.ts` starts them. */
import type { Rotation } from '../src/domain/authorization.ts'
import type { ConsentDecision } from '../src/domain/consent.ts'
import type { Grant } from '../src/domain/grant.ts'
import type { Interaction } from '../src/domain/interaction.ts'
import { DatabaseUnavailable } from '../src/storage/database.ts'
import { openDatabase } from '../src/storage/open.ts'
import { openStores, type Stores } from '../src/storage/stores.ts'
import { takePart, tell } from './processes.ts'
import {
  auditEventRecord,
  authorizationRecord,
  consentRecord,
  grantRecord,
  interactionRecord,
  messageRecord,
  now,
  refreshRecord,
} from './records.ts'

/** What the racers do, where, to what, and how often each of them does it to each thing. */
export interface StoreRace {
  readonly url: string
  readonly event: 'redeem' | 'rotate' | 'decide' | 'spend' | 'sweep' | 'claim' | 'consent without end'
  readonly ids: readonly string[]
  readonly times: number
}

type Event = (stores: Stores, race: StoreRace, index: number) => Promise<unknown>

const events: Readonly<Record<StoreRace['event'], Event>> = {
  redeem: async ({ authorizations }, race, index) =>
    wins(race, index, async (id, mark) => {
      const refresh = refreshRecord({ refresh_hash: mark })
      return (await authorizations.redeem(id, refresh, now + 86_400, now)) === 'redeemed'
    }),

  rotate: async ({ authorizations }, race, index) =>
    wins(race, index, async (id, mark) => (await authorizations.rotate(rotationTo(id, mark))) === 'rotated'),

  /** Says yes and no by turns. */
  decide: async ({ consents }, race, index) =>
    wins(race, index, async (id, mark, turn) => {
      const decision = turn % 2 === 0 ? yes(grantRecord({ account_id: id }), id, mark) : no(id, mark)
      return (await consents.record(decision)) === 'recorded'
    }),

  spend: async ({ usedOnce }, race, index) =>
    wins(race, index, async (id) => (await usedOnce.spend('jti', id, now)) === 'first'),

  /** Sweeps until nothing is left, and answers how many rows went by it. */
  async sweep({ expiredRows }, { times }) {
    let swept = 0
    for (let turn = 0; turn < times; turn += 1) swept += await expiredRows.sweep(now, 100)
    return [String(swept)]
  },

  /** Claims what waits until nothing is due, and answers the messages it got. */
  async claim({ outbox }) {
    const got: string[] = []
    for (let empty = 0; empty < 20;) {
      const claimed = await outbox.claim('webhook', 8, now)
      empty = claimed.length === 0 ? empty + 1 : 0
      got.push(...claimed.map(({ message_id }) => message_id))
    }
    return got
  },

  /** Lets people say yes until it is killed, and tells each decision that was acknowledged. */
  async 'consent without end'({ interactions, consents }) {
    for (;;) {
      const asked = Array.from({ length: 10 }, () => interactionRecord())
      await Promise.all(asked.map((interaction) => interactions.create(interaction)))
      const outcomes = asked.map((interaction) => agree(interaction, consents))
      tell('recorded', await Promise.all(outcomes))
    }
  },
}

/** Does one thing to each id so many times at once, in an order of this process’s own; answers `id mark` of each win. */
async function wins(
  { ids, times }: StoreRace,
  index: number,
  won: (id: string, mark: string, turn: number) => Promise<boolean>,
): Promise<readonly string[]> {
  const tries = Array.from({ length: ids.length * times }, (_, place) => ({
    id: ids[(place * 7 + index * 31) % ids.length] ?? '',
    mark: `${index}-${place}`,
    turn: Math.floor(place / ids.length) + index,
  }))
  const outcomes = await Promise.all(
    tries.map(async ({ id, mark, turn }) => untilHeard(async () => won(id, mark, turn))),
  )
  return tries.filter((_, place) => outcomes[place]).map(({ id, mark }) => `${id} ${mark}`)
}

/** Repeats what was refused since too many were in the way: nothing of it had happened. */
async function untilHeard(act: () => Promise<boolean>): Promise<boolean> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable && error.reason === 'busy')) throw error
    return untilHeard(act)
  }
}

/** The first use of the refresh token `first`. */
function rotationTo(authorization_id: string, refresh_hash: string): Rotation {
  const replaced = { refresh_hash: 'first', at: now, address: '192.0.2.7', answer: refresh_hash }
  return { authorization_id, presented_hash: 'first', refresh: refreshRecord({ refresh_hash, replaced }), at: now }
}

function yes(grant: Grant, interaction_id: string, sealed_response: string): ConsentDecision {
  const [consent, authorization] = [consentRecord(grant), authorizationRecord(grant)]
  const notices = [messageRecord({ payload: { grant_id: grant.grant_id } })]
  const closed = { interaction_id, sealed_response }
  return { interaction: closed, consent, grant, authorization, event: eventOf(grant), notices }
}

function no(interaction_id: string, sealed_response: string): ConsentDecision {
  const grant = grantRecord({ account_id: interaction_id })
  const { grant_id: _, ...consent } = consentRecord(grant, { decision: 'denied' })
  return { interaction: { interaction_id, sealed_response }, consent, event: eventOf(grant) }
}

const eventOf = ({ grant_id, account_id }: Grant) => auditEventRecord({ account_id, grant_id })

async function agree({ interaction_id }: Interaction, consents: Stores['consents']): Promise<string> {
  const grant = grantRecord({ account_id: interaction_id })
  await consents.record(yes(grant, interaction_id, 'yes'))
  return grant.grant_id
}

await takePart<StoreRace>(async ({ input, index }) => {
  const database = await openDatabase(input.url, { patience: 20_000 })
  return async () => {
    const result = await events[input.event](openStores(database), input, index)
    await database.close()
    return result
  }
})

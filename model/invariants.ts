/** What must be true of the machine in every state, by the names under which the project knows it. */
import type { Invariant } from './explore.ts'
import { grant_expires_at, type Family, type Issued, type Machine, type State, type Token } from './machine.ts'

const families = [0, 1] as const
const tokens = [1, 2, 3] as const

const toldFor = (state: State, family: Family, presented: Token): readonly (Issued | null)[] =>
  state.told.filter((one) => one?.family === family && one.presented === presented)

/** The token that a client was told last of a chain: it was told none for it. */
function last({ told }: State, family: Family): Token | undefined {
  return tokens.findLast(
    (token) =>
      told[token - 1]?.family === family && !told.some((one) => one?.family === family && one.presented === token),
  )
}

/** Which families got a code redeemed or a token rotated by this step. */
const mintedIn = (after: State, before: State): readonly Family[] =>
  families.filter((family) => after.rows[family].refresh !== before.rows[family].refresh)

const isDead = ({ rows, signed_out }: State, family: Family): boolean =>
  rows[family].ended || rows[family].grant_ended || (family === 1 && signed_out)

/** The invariants, for a machine. */
export function invariantsOf({ expires }: Pick<Machine, 'expires'>): Readonly<Record<string, Invariant<State>>> {
  return {
    'I1: a code yields at most one token response': (after) =>
      families.every((family) => toldFor(after, family, 0).length <= 1),
    'I2: of a token at most one successor is told, and whoever has the last one told can go on': (after) =>
      families.every((family) => {
        const { refresh, replaced } = after.rows[family]
        const token = last(after, family)
        return (
          tokens.every((presented) => toldFor(after, family, presented).length <= 1) &&
          (token === undefined || token === refresh || token === replaced)
        )
      }),
    'I3: nothing is made of what has ended': (after, before) =>
      mintedIn(after, before).every((family) => !isDead(before, family)),
    'I5: what was told is in the database': ({ told, rows, codes_told }) =>
      families.every((family) => !codes_told[family] || rows[family].decisions > 0) &&
      told.every((one) => one === null || rows[one.family].redeemed),
    'I6: what has ended stays ended': (after, before) =>
      after.signed_out >= before.signed_out &&
      families.every((family) => {
        const [now, then] = [after.rows[family], before.rows[family]]
        return now.ended >= then.ended && now.grant_ended >= then.grant_ended
      }),
    'I7: nobody is told what belongs to another client': ({ told }) =>
      told.every((one) => one === null || one.family === one.to),
    'I10: what ended has one audit event': ({ rows }) =>
      rows.every(({ ended, grant_ended, events }) => events === Number(ended) + Number(grant_ended)),
    'I12: nothing is made after the time that the person gave, and nothing outlives it': (after, before) =>
      mintedIn(after, before).length === 0 ||
      before.nodes
        .filter((plan) => plan !== null && plan.successor !== 0)
        .every((plan) => plan !== null && plan.at < grant_expires_at && expires(plan.at) <= grant_expires_at),
    'one answer to a consent form is one decision': ({ rows }) => rows.every(({ decisions }) => decisions <= 1),
  }
}

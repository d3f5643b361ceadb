/** Carrying out a group of work on one connection: all together, and apart where one of them stands in the way. */
import { setTimeout as wait } from 'node:timers/promises'
import { randomBytes } from '../kernel/random.ts'
import type { Milliseconds } from '../kernel/time.ts'
import type { Decisive, Statement } from './database.ts'
import { explained, isLoss, meaningOf, type Meaning } from './postgres-errors.ts'
import type { Ran, Session } from './postgres-session.ts'
import { sql } from './sql.ts'
import { isDecisive, type Work } from './work.ts'

/** A group under way. */
export interface Group {
  readonly session: Session
  readonly works: readonly Work[]
  /** Settings for the transaction, where the session cannot keep them. */
  readonly opening?: Statement | undefined
  /** Is told of each commit, with the number of pieces in it. */
  readonly committed?: ((size: number) => void) | undefined
  /** How often it was tried before. */
  readonly tries?: number
}

/** How often it is tried again when somebody else was in the way. */
const retries = 3

/**
 * Carries out writes in one transaction, and settles each.
 *
 * When one of them fails, those before it are committed, then it is tried alone, then the rest goes on. So each is tried
 * twice at most, and whoever makes statements that fail makes two commits more, not more work for everybody.
 *
 * @throws {DatabaseUnavailable} when the connection is of no more use; what is not settled then may have happened
 */
export async function carryWrites(group: Group): Promise<void> {
  const { works, tries = 0 } = group
  if (works.length === 0) return
  const { results, failure } = await run(group)
  if (failure === undefined) {
    settle(works, results)
    group.committed?.(works.length)
    return
  }
  // Nothing of the group happened.
  if (await isToBeTriedAgain(group.session, failure, tries)) return carryWrites({ ...group, tries: tries + 1 })
  if (works.length === 1) return settleFailed(works[0], results.length, failure)
  const at = pieceAt(works, results.length)
  for (const part of [works.slice(0, at), works.slice(at, at + 1), works.slice(at + 1)]) {
    await carryWrites({ ...group, works: part })
  }
}

/**
 * Carries out reads, one statement a piece, and settles each. One that fails fails alone; what was read before it holds.
 *
 * @throws {DatabaseUnavailable} when the connection is of no more use
 */
export async function carryReads(group: Group): Promise<void> {
  const { works, tries = 0 } = group
  if (works.length === 0) return
  const { results, failure } = await run(group)
  settle(works.slice(0, results.length), results)
  if (failure === undefined) return
  const rest = works.slice(results.length)
  if (await isToBeTriedAgain(group.session, failure, tries)) {
    return carryReads({ ...group, works: rest, tries: tries + 1 })
  }
  settleFailed(rest[0], 0, failure)
  return carryReads({ ...group, works: rest.slice(1) })
}

async function run({ session, works, opening }: Group): Promise<Ran> {
  const statements = works.flatMap((work) => work.statements.map(gated))
  if (opening === undefined) return session.run(statements)
  const ran = await session.run([opening, ...statements])
  return { ...ran, results: ran.results.slice(1) }
}

/**
 * Makes a decisive statement fail where it returns no row: that ends the transaction at the server, which would else
 * have to be asked, and told to go on, in round trips of their own.
 */
function gated(statement: Statement | Decisive): Statement {
  if (!isDecisive(statement)) return statement
  return sql`with won as (${statement.decisive}) select won.* from (select 1 / count(*) as one from won) as gate left join won on true where gate.one >= 0`
}

/** Judges a failure, and pauses where somebody else was in the way. */
async function isToBeTriedAgain(session: Session, failure: Error, tries: number): Promise<boolean> {
  const meaning: Meaning = meaningOf(failure)
  if (meaning === 'failed') throw explained(undefined, failure)
  if (meaning === 'stale') session.forget()
  if (meaning === 'refused' || tries === retries) return false
  if (meaning === 'contended') await wait(pause())
  return true
}

/** Some 5 to 70 milliseconds, so that two that were in each other's way are not again. */
const pause = (): Milliseconds => 5 + (randomBytes(1)[0] ?? 0) / 4

function settle(works: readonly Work[], results: Ran['results']): void {
  let at = 0
  for (const work of works) {
    work.settle(results.slice(at, at + work.statements.length))
    at += work.statements.length
  }
}

function settleFailed(work: Work | undefined, at: number, failure: Error): void {
  const statement = work?.statements[at]
  if (statement === undefined) return work?.settle(explained(undefined, failure))
  if (isDecisive(statement)) work?.settle(isLoss(failure) ? 'lost' : explained(statement.decisive, failure))
  else work?.settle(explained(statement, failure))
}

/** Finds the piece that holds the statement; the last where the commit itself failed. */
function pieceAt(works: readonly Work[], statement: number): number {
  let before = 0
  const at = works.findIndex(({ statements }) => {
    before += statements.length
    return statement < before
  })
  return at === -1 ? works.length - 1 : at
}

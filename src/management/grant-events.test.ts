/** What systems that read along are told: everything, once, in order, from wherever they stopped. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { auditEventRecord } from '../../testing/records.ts'
import { must } from '../../testing/must.ts'
import { world } from '../../testing/world.ts'
import { deleteAccount } from './accounts.ts'
import { endDueGrants } from './due-grants.ts'
import { readGrantEvents, settling, type GrantEventRecord } from './grant-events.ts'
import { endGrant } from './grants.ts'

const one = await world()
after(() => one.close())
const parts = { ...one.parts, actor: 'operator:test', hashPassword: (password: string) => Promise.resolve(password) }

let cursor = ''
async function news(): Promise<readonly GrantEventRecord[]> {
  one.wait(settling)
  const page = await readGrantEvents(cursor, parts)
  cursor = page.cursor
  return page.events
}

const inShort = ({ type, how, reason }: GrantEventRecord) => [type, how, reason].filter((part) => part !== undefined)

must('R12', 'what is given, changed and ended is told in order, with what was changed and why it ended', async () => {
  const visitor = one.visitor()
  await one.tokens(visitor, { scope: 'openid postcards.read postcards.send' })
  const { account_id, sub } = (await parts.accounts.findByLogin('alice')) ?? { account_id: '', sub: '' }
  const [first, ...others] = await news()
  assert.deepEqual([first && inShort(first), others], [['grant_given'], []])
  const grant = await parts.grants.findStanding(account_id, 'greatapp')
  assert.deepEqual([first?.grant_id, first?.client_id, first?.sub], [grant?.grant_id, 'greatapp', sub])

  const grant_id = grant?.grant_id ?? ''
  const untick = ['permission=postcards.send https://api.test/']
  await visitor.submit(await visitor.go('/account'), { press: `change=${grant_id}`, untick })
  await visitor.submit(await visitor.go('/account'), { press: `pause=${grant_id}` })
  // Allowing again resumes it, widens it, and gives it another end.
  await one.allow(visitor, one.authorizeUrl({ scope: 'openid postcards.read email' }))
  await endGrant(grant_id, parts)
  assert.deepEqual((await news()).map(inShort), [
    ['grant_changed', ['narrowed']],
    ['grant_changed', ['paused']],
    ['grant_changed', ['widened', 'lengthened', 'resumed']],
    ['grant_ended', 'ended_by_operator'],
  ])

  await one.tokens(visitor)
  await visitor.submit(await visitor.go('/account'), { press: 'remove=greatapp' })
  assert.deepEqual((await news()).map(inShort), [['grant_given'], ['grant_ended', 'removed_by_person']])
})

must('R12', 'what nobody used, and what ends with its account, is told as well', async () => {
  const visitor = one.visitor()
  const url = one.authorizeUrl()
  await one.allow(visitor, url)
  const account = await parts.accounts.findByLogin('alice')
  const grant = await parts.grants.findStanding(account?.account_id ?? '', 'greatapp')
  assert.ok(grant)
  const { expires_at: _, ...endless } = grant
  const changed = auditEventRecord({ at: one.clock(), event: 'another', grant_id: grant.grant_id })
  await parts.grants.change({ ...endless, revision: 2 }, changed)
  await news()
  one.wait(91 * 86_400 + 120)
  assert.equal(await endDueGrants(parts), 1)
  assert.deepEqual((await news()).map(inShort), [['grant_ended', 'unused']])
  await deleteAccount('alice', parts)
  const [gone] = await news()
  assert.deepEqual(
    [gone && inShort(gone), gone?.sub, gone?.grant_id],
    [['grant_ended', 'account_deleted'], undefined, undefined],
  )
})

test('R22: an event rests until none that is older can come, and reading goes on where it stopped', async () => {
  const at = one.clock()
  const events = Array.from({ length: 501 }, () =>
    auditEventRecord({ at, event: 'grant_ended', detail: { reason: 'unused' } }),
  )
  for (const event of events) await parts.auditEvents.append(event)
  one.wait(settling - 1)
  assert.deepEqual((await readGrantEvents(cursor, parts)).events, [])
  one.wait(1)
  const page = await readGrantEvents(cursor, parts)
  assert.deepEqual([page.events.length, page.more], [500, true])
  const rest = await readGrantEvents(page.cursor, parts)
  assert.deepEqual([rest.events.length, rest.more], [1, false])
  assert.deepEqual(
    [...page.events, ...rest.events].map((event) => event.cursor),
    events.map(({ event_id }) => event_id),
  )
  assert.deepEqual((await readGrantEvents(rest.cursor, parts)).events, [])
})

/** What is expected allows no more than it should: answers that break an invariant are explained by no order. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { scopes, type Answered, type Given } from './commands.ts'
import { expectedAt, explained, type Judging } from './expected.ts'

const judging: Judging = {
  lengths: { authorization_code: 60, access_token: 300, replay_window: 60 },
  company: 'in a crowd',
}

const authorized: Answered = {
  kind: 'authorize',
  command: { browser: 0, client: 0, access_for: '1h' },
  answer: { code: 'code', signed_in: true, consented: true },
}
const tokens = (number: number, otherwise: Partial<Given> = {}): Given => ({
  access_token: `access ${number}`,
  refresh_token: `refresh ${number}`,
  scope: scopes[0],
  expires_in: 300,
  ...otherwise,
})
const redeemed = (answer: Given | string, client: 0 | 1 = 0): Answered => ({
  kind: 'redeem',
  command: { code: 'code', client, node: 0 },
  answer,
})
const refreshed = (number: number, answer: Given | string, client: 0 | 1 = 0): Answered => ({
  kind: 'refresh',
  command: { token: `refresh ${number}`, client, node: 1 },
  answer,
})
const waited = (seconds: number): Answered => ({ kind: 'wait', command: { seconds }, answer: undefined })
const restarted: Answered = { kind: 'restart', command: { node: 0 }, answer: undefined }
const introspected = (number: number, answer: boolean): Answered => ({
  kind: 'introspect',
  command: { token: `access ${number}`, node: 0 },
  answer,
})
const strayed = (answer: boolean): Answered => ({
  kind: 'stray',
  command: { browser: 0, client: 0, to: 'https://evil.test/cb' },
  answer,
})
const removed: Answered = { kind: 'remove', command: { browser: 0, client: 0 }, answer: 'ended' }

/** Tells whether steps of answers, those of each step to commands that were sent at once, are explained. */
function isExplained(...steps: readonly (readonly Answered[])[]): boolean {
  let states = [expectedAt(0)] as ReturnType<typeof explained>
  for (const step of steps) states = explained(states, step, judging)
  return states.length > 0
}

const wrong: Readonly<Record<string, readonly (readonly Answered[])[]>> = {
  'I1: a code yields two token responses': [[authorized], [redeemed(tokens(1)), redeemed(tokens(2))]],
  'I2: a refresh token has two successors': [
    [authorized],
    [redeemed(tokens(1))],
    [refreshed(1, tokens(2)), refreshed(1, tokens(3))],
  ],
  'I3: a removed grant gives tokens': [[authorized], [removed], [redeemed(tokens(1))]],
  'I4: more is given than was asked for': [[authorized], [redeemed(tokens(1, { scope: 'openid postcards.send' }))]],
  'I5: a node that restarts does not know a token': [
    [authorized],
    [redeemed(tokens(1))],
    [restarted],
    [introspected(1, false)],
  ],
  'I6: what was removed is there again when a node restarts': [
    [authorized],
    [redeemed(tokens(1))],
    [removed],
    [restarted],
    [introspected(1, true)],
  ],
  'I8: somebody is sent where the client is not': [[strayed(true)]],
  'I7: a code is redeemed by another client': [[authorized], [redeemed(tokens(1), 1)]],
  'RT-04: a chain goes on that another client has the last spent token of': [
    [authorized],
    [redeemed(tokens(1))],
    [refreshed(1, tokens(2))],
    [refreshed(1, 'invalid_grant', 1)],
    [refreshed(2, tokens(3))],
  ],
  'RT-06: a chain is ended by another client that has its live token': [
    [authorized],
    [redeemed(tokens(1))],
    [refreshed(1, 'invalid_grant', 1)],
    [refreshed(1, 'invalid_grant')],
  ],
  'I12: a token is made after the time': [
    [authorized],
    [redeemed(tokens(1))],
    [waited(3600)],
    [refreshed(1, tokens(2))],
  ],
  'I12: a token outlives the time': [[authorized], [redeemed(tokens(1))], [waited(3500)], [refreshed(1, tokens(2))]],
  'nobody was asked': [[{ ...authorized, answer: { ...authorized.answer, consented: false } }]],
}

describe('what is expected', () => {
  test('explains what is right, whatever took effect first', () => {
    assert.ok(isExplained([authorized], [redeemed('invalid_grant'), redeemed(tokens(1))]))
    assert.ok(isExplained([authorized], [redeemed(tokens(1)), removed], [refreshed(1, 'invalid_grant')]))
    assert.ok(isExplained([authorized], [redeemed(tokens(1))], [refreshed(1, tokens(2)), refreshed(1, tokens(2))]))
  })

  for (const [what, steps] of Object.entries(wrong)) {
    test(`does not explain it when ${what}`, () => {
      assert.ok(isExplained(...steps.slice(0, -1)))
      assert.equal(isExplained(...steps), false)
    })
  }
})

/** Every state of the machine, with nodes that die at every step, for two clients, two nodes and three tokens. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { explore, type Exploration } from './explore.ts'
import { invariantsOf } from './invariants.ts'
import { beginning, machine, statements, type Conditional, type Machine } from './machine.ts'
import { nameOf, stepsFrom } from './steps.ts'

/** What is wrong with a machine, the invariant that it breaks, and the machine. */
const mutants: readonly (readonly [what: string, breaks: string, Partial<Machine>])[] = [
  ['a code is read and then marked', 'I1', withStatement('redeem', { where: () => true })],
  ['a refresh token is read and then replaced', 'I2', withStatement('rotate', { where: () => true })],
  [
    'what a token hangs on is asked at reading alone',
    'I3',
    withStatement('rotate', { where: ({ refresh }, { presented }) => refresh === presented }),
  ],
  ['the answer leaves before the commit', 'I5', { order: 'answer, then commit' }],
  [
    'the whole row is written back as it was read',
    'I6',
    withStatement('rotate', {
      where: ({ refresh }, { presented }) => refresh === presented,
      set: (rows, plan) => ({ ...statements.rotate.set(rows, plan), ended: false }),
    }),
  ],
  ['whose token it is, is not asked', 'I7', { isOwn: () => true }],
  ['the event is left to another commit', 'I10', withStatement('end', { set: () => ({ ended: true }) })],
  ['the life of an access token is not capped', 'I12', { expires: (at) => at + 2 }],
  ['a form is answered as often as it is sent', 'one answer', withStatement('allow', { where: () => true })],
]

describe('the machine', () => {
  test('I1, I2, I3, I5, I6, I7, I10, I12: hold in every state that it can get into, whenever nodes die', (context) => {
    const exploration = walk(machine, '')
    context.diagnostic(`${exploration.states} states`)
    assert.equal(exploration.outcome, 'all hold', told(exploration))
    assert.ok(exploration.states > 100_000)
  })

  for (const [what, breaks, mutation] of mutants) {
    test(`${breaks}: a machine in which ${what} is found guilty`, (context) => {
      const exploration = walk({ ...machine, ...mutation }, breaks)
      assert.equal(exploration.outcome, 'broken')
      context.diagnostic(told(exploration))
    })
  }

  test('each invariant has a machine that breaks it', () => {
    const names = Object.keys(invariantsOf(machine))
    assert.deepEqual(
      names.filter((name) => !mutants.some(([, breaks]) => isNamed(name, breaks))),
      [],
    )
  })
})

/** Walks through a machine, looking at the invariant of that name alone, or at all. */
function walk(walked: Machine, name: string): Exploration {
  const invariants = Object.entries(invariantsOf(walked)).filter(([rule]) => isNamed(rule, name))
  return explore({
    beginning,
    steps: (state) => stepsFrom(state, walked),
    key: nameOf,
    invariants: Object.fromEntries(invariants),
  })
}

const isNamed = (rule: string, name: string): boolean =>
  name === '' || rule.startsWith(name === 'one answer' ? name : `${name}:`)

function withStatement(name: keyof Machine['statements'], changed: Partial<Conditional>): Partial<Machine> {
  return { statements: { ...statements, [name]: { ...statements[name], ...changed } } }
}

function told(exploration: Exploration): string {
  if (exploration.outcome === 'all hold') return 'all hold'
  const { invariant, trace } = exploration
  return [`broken: ${invariant}`, ...trace.map((what, place) => `${place}. ${what}`)].join('\n')
}

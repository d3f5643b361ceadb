/**
 * Measures what a stranger learns of who has an account by how long answers take (AC-01, AC-02):
 * `bin/runtime bench/timing.ts --rounds 400`.
 *
 * The server is in this process, without a network, over a database that is durable: nobody else sees it so well. Each
 * kind of attempt is made once a round, in an order of its own, so that what else the machine does hits all alike. Every
 * attempt fails, of people and of nobody: where all hashes are ours, and where they came from several systems, each round
 * with other names.
 */
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { newOpaqueId } from '../src/kernel/ids.ts'
import { openDatabase } from '../src/storage/open.ts'
import { world, type World, type WorldRequest } from '../testing/world.ts'
import { formsOf } from '../testing/visitor.ts'
import { apart } from './apart.ts'
import { median } from './generator.ts'
import { create, kindOf, kinds, seatMany, sharesOfKinds } from './people-from-elsewhere.ts'

const { values: asked } = parseArgs({
  options: {
    rounds: { type: 'string', default: '400' },
    /** `passwords`, `names` or `letters`, where one of them is enough. */
    only: { type: 'string' },
  },
})
const rounds = Number(asked.rounds)
// The first rounds count for nobody.
const rehearsals = 20
const [{ model } = { model: 'unknown' }] = cpus()
const directory = await mkdtemp(join(tmpdir(), 'licet-timing-'))

/** Makes an attempt that fails; `who` is another one each time. */
type Attempt = (who: number) => Promise<void>

/** What is measured, each over a database of its own. */
const measured: Readonly<Record<string, (here: World) => Promise<void>>> = { passwords, names, letters }

try {
  say(`${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores of ${model.trim()}, ${rounds} rounds`)
  for (const [name, measure] of Object.entries(measured)) {
    if ((asked.only ?? name) === name) await over(name, measure)
  }
} finally {
  await rm(directory, { recursive: true })
}

async function over(name: string, measure: (here: World) => Promise<void>): Promise<void> {
  const database = await openDatabase(`sqlite:${join(directory, `${name}.db`)}`, { patience: 3_600_000 })
  const here = await world(
    {
      mail: { smtp: 'smtp://127.0.0.1:1', from: 'Licet <id@id.test>' },
      account_registration: 'any',
      throttle: { exempt: ['192.0.2.0/24'] },
    },
    database,
  )
  try {
    await measure(here)
  } finally {
    await here.close()
  }
}

function nobody(): string {
  return `nobody-${newOpaqueId().slice(0, 12)}`
}

async function passwords(here: World): Promise<void> {
  const ours = { password_hash: kinds['argon2id of ours']() }
  await create(here, 'ours', ours)
  await create(here, 'disabled', { ...ours, disabled: true })
  await create(here, 'without', {})
  const wrong = await wrongPassword(here)
  heading('where all hashes are ours, a wrong password of …')
  await compared({
    nobody: () => wrong(nobody()),
    'an account': () => wrong('ours'),
    'an account that is shut out': () => wrong('disabled'),
    'an account without a password': () => wrong('without'),
  })
}

async function names(here: World): Promise<void> {
  await seatMany(here, rounds + rehearsals)
  const wrong = await wrongPassword(here)
  heading('where hashes came from several systems, a wrong password of …')
  const took = await compared({
    nobody: () => wrong(nobody()),
    'an account': (who) => wrong(`somebody-${who}`),
    'an account that is shut out': (who) => wrong(`shut-out-${who}`),
    'an account without a password': (who) => wrong(`without-${who}`),
  })
  const somebodys = took.get('an account') ?? []
  const known = Object.keys(kinds).map((kind) => somebodys.filter((_, round) => kindOf(round + rehearsals) === kind))
  say(`\n| of 100 answers for …, by their time | ${Object.keys(kinds).join(' | ')} |`)
  say('| --- | ---: | ---: | ---: | ---: |')
  for (const [name, times] of took) {
    const shares = sharesOfKinds(times, known).map((share) => share.toFixed(0))
    say(`| ${name} | ${shares.join(' | ')} |`)
  }
}

async function wrongPassword(here: World): Promise<(username: string) => Promise<void>> {
  const signIn = await form(here, '/account', 'login-submit')
  return (username) => signIn({ username, password: 'not the password' }, 400)
}

async function letters(here: World): Promise<void> {
  // One with an address for each round and its rehearsal: few letters go to any.
  for (let who = 0; who < rounds + rehearsals; who += 1) {
    await create(here, `person-${who}`, { claims: { email: `person-${who}@id.test`, email_verified: true } })
  }
  const reset = await form(here, '/forgotten-password', 'letter-submit')
  const register = await form(here, '/new-account', 'letter-submit')
  heading('a letter for …')
  await compared({
    'nobody, with a new password': () => reset({ email: `${nobody()}@id.test` }, 200),
    'an account, with a new password': (who) => reset({ email: `person-${who}@id.test` }, 200),
  })
  await compared({
    'nobody, with a new account': () => register({ email: `${nobody()}@id.test` }, 200),
    'whoever has one, with the news': (who) => register({ email: `person-${who}@id.test` }, 200),
  })
}

function heading(what: string): void {
  say(`\n| ${what} | median ms | longer than nobody’s | of two, it takes longer in | p |`)
  say('| --- | ---: | ---: | ---: | ---: |')
}

/** Opens a page in a browser, and answers what sends its form from there, as often as one likes. */
async function form({ visitor, request }: World, path: string, button: string) {
  const browser = visitor('192.0.2.7')
  const page = await browser.go(path)
  const fields = formsOf(page.body).find(({ buttons }) => buttons.some(({ id }) => id === button))?.fields ?? []
  const headers = { 'sec-fetch-site': 'same-origin' }
  return async (typed: Readonly<Record<string, string>>, status: number): Promise<void> => {
    const sent: WorldRequest = { headers, cookies: browser.cookies, body: { ...Object.fromEntries(fields), ...typed } }
    const answer = await request('POST', page.url.pathname, sent)
    if (answer.status !== status) throw new Error(`${path} answers ${answer.status}`)
  }
}

/** Makes all attempts in turn, says how far each is from the first, and answers how many milliseconds each took. */
async function compared(attempts: Readonly<Record<string, Attempt>>): Promise<ReadonlyMap<string, readonly number[]>> {
  const all = Object.entries(attempts).map(([name, attempt]) => ({ name, attempt, took: new Array<number>() }))
  for (let round = -rehearsals; round < rounds; round += 1) {
    for (const { attempt, took } of shuffled(all)) {
      const begun = performance.now()
      await attempt(round + rehearsals)
      if (round >= 0) took.push(performance.now() - begun)
    }
  }
  const nobodys = all[0]?.took ?? []
  for (const { name, took } of all) {
    const ms = median(took).toFixed(2)
    if (took === nobodys) say(`| ${name} | ${ms} | | | |`)
    else say(`| ${name} | ${ms} | ${spelled(apart(took, nobodys))} |`)
  }
  return new Map(all.map(({ name, took }) => [name, took]))
}

function spelled({ longer, interval, superiority, p }: ReturnType<typeof apart>): string {
  const [least, most] = interval.map((share) => (share * 100).toFixed(1))
  const likely = p < 0.001 ? '< 0.001' : p.toFixed(2)
  return `${(longer * 100).toFixed(1)} % (${least} to ${most}) | ${(superiority * 100).toFixed(0)} of 100 | ${likely}`
}

function shuffled<One>(all: readonly One[]): readonly One[] {
  return all
    .map((one) => ({ one, place: randomInt(1_000_000) }))
    .toSorted((first, second) => first.place - second.place)
    .map(({ one }) => one)
}

function say(line: string): void {
  console.log(line)
}

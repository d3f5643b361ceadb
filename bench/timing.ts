/**
 * Measures what a stranger learns of who has an account by how long answers take (AC-01, AC-02):
 * `bin/runtime bench/timing.ts --rounds 400`.
 *
 * The server is in this process, without a network, over a database that is durable: nobody else sees it so well. Each
 * kind of attempt is made once a round, in an order of its own, so that what else the machine does hits all alike. Every
 * attempt fails, of people whose hash is ours, of people whose hash came from elsewhere, and of nobody.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { hash as bcryptHash } from '@node-rs/bcrypt'
import { newId, newOpaqueId } from '../src/kernel/ids.ts'
import { openDatabase } from '../src/storage/open.ts'
import { world, type World, type WorldRequest } from '../testing/world.ts'
import { formsOf } from '../testing/visitor.ts'
import { apart } from './apart.ts'
import { median } from './generator.ts'

const { values: asked } = parseArgs({
  options: {
    rounds: { type: 'string', default: '400' },
    /** `passwords` or `letters`, where one of them is enough. */
    only: { type: 'string' },
  },
})
const rounds = Number(asked.rounds)
// The first rounds count for nobody.
const rehearsals = 20
const [{ model } = { model: 'unknown' }] = cpus()
const directory = await mkdtemp(join(tmpdir(), 'licet-timing-'))
const database = await openDatabase(`sqlite:${join(directory, 'licet.db')}`, { patience: 3_600_000 })
const here = await world(
  {
    mail: { smtp: 'smtp://127.0.0.1:1', from: 'Licet <id@id.test>' },
    account_registration: 'any',
    throttle: { exempt: ['192.0.2.0/24'] },
  },
  database,
)

/** Makes an attempt that fails; `who` is another one each time. */
type Attempt = (who: number) => Promise<void>

try {
  const people = await seated(here)
  say(`${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores of ${model.trim()}, ${rounds} rounds`)
  if (asked.only !== 'letters') await passwords(people)
  if (asked.only !== 'passwords') await letters()
} finally {
  await here.close()
  await rm(directory, { recursive: true })
}

function nobody(): string {
  return `nobody-${newOpaqueId().slice(0, 12)}`
}

async function passwords(people: Awaited<ReturnType<typeof seated>>): Promise<void> {
  const signIn = await form(here, '/account', 'login-submit')
  const wrong = (username: string): Promise<void> => signIn({ username, password: 'not the password' }, 400)
  heading('a wrong password of …')
  await compared({
    nobody: () => wrong(nobody()),
    'an account of ours': () => wrong(people.ours),
    'an account that is shut out': () => wrong(people.disabled),
    'an account without a password': () => wrong(people.without),
    'an account from elsewhere: bcrypt, 2^10': () => wrong(people.bcrypt),
    'an account from elsewhere: scrypt, 16 MiB': () => wrong(people.scrypt),
    'an account from elsewhere: PBKDF2-SHA-256, 600,000': () => wrong(people.pbkdf2),
  })
}

async function letters(): Promise<void> {
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

/** Makes the accounts, and one with an address for each round and its rehearsal: few letters go to any. */
async function seated({ ground, clock, parts }: World) {
  const base64 = (length: number) => randomBytes(length).toString('base64').replace(/=+$/, '')
  const at = clock()
  const ours = String(await parts.passwords.hash('wonderland'))
  const create = async (username: string, otherwise: object): Promise<string> => {
    const own = { account_id: newId(), sub: newOpaqueId(), username, claims: {}, disabled: false }
    await ground.stores.accounts.create({ ...own, created_at: at, updated_at: at, ...otherwise })
    return username
  }
  for (let who = 0; who < rounds + rehearsals; who += 1) {
    const email = `person-${who}@id.test`
    await create(`person-${who}`, { password_hash: ours, claims: { email, email_verified: true } })
  }
  return {
    ours: await create('ours', { password_hash: ours }),
    disabled: await create('disabled', { password_hash: ours, disabled: true }),
    without: await create('without', {}),
    bcrypt: await create('bcrypt', { password_hash: await bcryptHash('wonderland', 10) }),
    scrypt: await create('scrypt', { password_hash: `$scrypt$ln=14,r=8,p=1$${base64(16)}$${base64(32)}` }),
    pbkdf2: await create('pbkdf2', { password_hash: `$pbkdf2-sha256$i=600000$${base64(16)}$${base64(32)}` }),
  }
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

/** Makes all attempts in turn, and says how far each is from the first. */
async function compared(attempts: Readonly<Record<string, Attempt>>): Promise<void> {
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

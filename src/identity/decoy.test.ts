/** What a password costs that is typed for a name that has none: what the hash of some account costs (AC-01). */
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { hash as bcryptHash } from '@node-rs/bcrypt'
import { openEach } from '../../testing/databases.ts'
import { accountRecord } from '../../testing/records.ts'
import { openSteps } from '../../testing/steps.ts'
import { networks } from '../kernel/network.ts'
import type { Database } from '../storage/database.ts'
import { sql } from '../storage/sql.ts'
import { openStores } from '../storage/stores.ts'
import type { Compared } from './password.ts'
import { provePassword, type SignInParts } from './sign-in.ts'
import { openThrottle } from './throttle.ts'

const steps = await openSteps()
after(() => steps.close())

const bcrypt = await bcryptHash('wonderland', 4)
const kinds = {
  ours: steps.alice.password_hash ?? '',
  bcrypt,
  scrypt: `$scrypt$ln=4,r=8,p=1$${'b'.repeat(22)}$${'b'.repeat(43)}`,
  pbkdf2: `$pbkdf2-sha256$i=4$${'b'.repeat(22)}$${'b'.repeat(43)}`,
}
type Kind = keyof typeof kinds

for (const [name, database] of await openEach()) {
  describe(`a password for whom there is none to compare with, in ${name}`, () => {
    const compared: Compared[] = []
    let asked = 0
    const { accounts } = openStores(counting(database, () => (asked += 1)))
    const { attempts } = openStores(database)
    const parts: SignInParts = {
      ...steps.parts,
      accounts,
      throttle: openThrottle({ ...steps.parts, attempts, exempt: networks(['192.0.2.0/24']) }),
      passwords: {
        ...steps.parts.passwords,
        verify: async (with_what, ...typed) => {
          compared.push(with_what)
          return steps.parts.passwords.verify(with_what, ...typed)
        },
      },
    }
    const sent = { device: undefined, session: undefined, address: '192.0.2.7', user_agent: '', request_id: '' }
    const attempt = (login: string, password = 'wonderland') => provePassword({ ...sent, login, password }, parts)

    /** Which kind of hash a wrong password for a name is compared with. */
    const kindOf = async (login: string): Promise<Kind | 'none'> => {
      // Too long to be computed: a thousand names are asked for here.
      assert.equal(await attempt(login, 'x'.repeat(10_000)), 'wrong')
      const last = compared.at(-1)
      const hash = last && ('hash' in last ? last.hash : last.costs_like)
      const [kind] = Object.entries(kinds).find(([, written]) => written.slice(0, 6) === hash?.slice(0, 6)) ?? []
      return (kind as Kind | undefined) ?? 'none'
    }
    const kindsOf = async (logins: readonly string[]): Promise<readonly string[]> => {
      const found: string[] = []
      for (const login of logins) found.push(await kindOf(login))
      return found
    }
    const names = Array.from({ length: 400 }, (_, each) => `nobody ${each}`)
    const seated = async (password_hash: string, count: number): Promise<void> => {
      const all = Array.from({ length: count }, () => accountRecord({ password_hash }))
      for (const account of all) assert.equal(await accounts.create(account), 'created')
    }

    test('AC-01: costs what ours do while nobody has a password', async () => {
      assert.equal(await attempt('nobody'), 'wrong')
      assert.deepEqual(compared, [{ costs_like: undefined }])
    })

    test('AC-01: costs what an account’s hash costs, and what that account’s password opens is not opened by it', async () => {
      await seated(bcrypt, 1)
      const { password_hash: _, ...without } = accountRecord({ username: 'without' })
      await accounts.create(without)
      for (const login of ['nobody', 'without', 'Without ', without.claims['email'] as string]) {
        assert.equal(await attempt(login), 'wrong', login)
        assert.deepEqual(compared.at(-1), { costs_like: bcrypt })
      }
    })

    test('AC-01: is as likely to cost what any kind of hash costs as an account is to have that kind', async () => {
      await seated(bcrypt, 49)
      await seated(kinds.ours, 50)
      await seated(kinds.scrypt, 50)
      await seated(kinds.pbkdf2, 50)
      const found = await kindsOf(names)
      for (const kind of Object.keys(kinds)) {
        const share = found.filter((one) => one === kind).length / found.length
        assert.ok(share > 0.05 && share < 0.45, `${kind}: ${share}`)
      }
    })

    test('AC-01: costs the same for a name however often, however spelled, and by whichever name of one account', async () => {
      for (let turn = 0; turn < 10; turn += 1) {
        const email = `Without-${turn}@id.test`
        const claims = { email, email_verified: true }
        const { password_hash: _, ...without } = accountRecord({ username: `Without ${turn}`, claims })
        await accounts.create(without)
        const spelled = [`Without ${turn}`, ` ＷITHOUT ${turn}`, email, email.toUpperCase(), `without ${turn}`]
        assert.equal(new Set(await kindsOf(spelled)).size, 1)
        const unknown = [`Nobody ${turn}`, `NOBODY ${turn} `, `nobody ${turn}`]
        assert.equal(new Set(await kindsOf(unknown)).size, 1)
      }
    })

    test('AC-01: changes when people sign in whose hashes came from elsewhere, as theirs do', async () => {
      const before = await kindsOf(names)
      await database.write(sql`update accounts set password_hash = ${kinds.ours} where password_hash = ${bcrypt}`)
      const later = await kindsOf(names)
      for (const [place, kind] of before.entries()) assert.equal(later[place], kind === 'bcrypt' ? 'ours' : kind)
    })

    test('AC-01: takes as many queries as for whoever has a password', async () => {
      await accounts.create(accountRecord({ username: 'somebody', password_hash: kinds.scrypt }))
      await accounts.create(accountRecord({ username: 'shut out', password_hash: kinds.scrypt, disabled: true }))
      for (const login of ['nobody', 'without', 'somebody', 'shut out']) {
        asked = 0
        assert.equal(await attempt(login, 'wrong'), 'wrong')
        assert.equal(asked, 2, login)
      }
    })
  })
}

/** The same database, which tells of each query. */
function counting(database: Database, tell: () => void): Database {
  return { ...database, read: (statement) => (tell(), database.read(statement)) }
}

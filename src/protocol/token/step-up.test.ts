/** What tokens say of a sign-in stays what it was, whatever the person proves later. */
import assert from 'node:assert/strict'
import { after } from 'node:test'
import { TOTP } from 'otpauth'
import { must } from '../../../testing/must.ts'
import { world, worldAuthorization, type Tokens } from '../../../testing/world.ts'
import { sealTotpSecret } from '../../identity/totp.ts'

const here = await world()
after(() => here.close())
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

function said({ id_token = '' }: Tokens): readonly unknown[] {
  const claims = JSON.parse(Buffer.from(id_token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >
  return [claims['acr'], claims['amr']]
}

async function token(form: Readonly<Record<string, string>>): Promise<Tokens> {
  const { body } = await here.request('POST', '/token', { headers: worldAuthorization, body: form })
  return JSON.parse(body) as Tokens
}

const refreshed = ({ refresh_token = '' }: Tokens) => token({ grant_type: 'refresh_token', refresh_token })

must(
  'OpenID Connect Core §12.2',
  'BR-23: a refresh tells the context of the sign-in it came from, both ways',
  async () => {
    const visitor = here.visitor()
    const before = await here.tokens(visitor)
    assert.deepEqual(said(before), ['urn:licet:acr:pwd', ['pwd']])
    const { accounts, oneTimeCodes } = here.ground.stores
    const { account_id = '' } = (await accounts.findByLogin('alice')) ?? {}
    const sealed_secret = sealTotpSecret(secret, account_id, here.parts)
    await oneTimeCodes.enrolTotp({ account_id, sealed_secret, last_step: 0, created_at: here.clock() }, [])

    const second = await here.allow(visitor, here.authorizeUrl({ acr_values: 'urn:licet:acr:mfa' }))
    const one_time_code = new TOTP({ secret }).generate({ timestamp: here.clock() * 1000 })
    const { leaves } = await visitor.submit(second, { press: 'second-factor-submit', fields: { one_time_code } })
    const code = leaves?.searchParams.get('code') ?? ''
    const code_verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
    const redirect_uri = 'https://rp1.test/cb'
    const after = await token({ grant_type: 'authorization_code', code, redirect_uri, code_verifier })
    assert.deepEqual(said(after), ['urn:licet:acr:mfa', ['pwd', 'otp', 'mfa']])
    assert.deepEqual(said(await refreshed(before)), ['urn:licet:acr:pwd', ['pwd']])
    assert.deepEqual(said(await refreshed(after)), ['urn:licet:acr:mfa', ['pwd', 'otp', 'mfa']])
  },
)

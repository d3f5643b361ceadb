import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { must } from '../../../testing/must.ts'
import { world, worldAuthorization } from '../../../testing/world.ts'
import { declaredRefusals, errorUri, toldName } from '../../kernel/refusal.ts'

const w = await world()
after(() => w.close())

const page = (name: string, headers: Readonly<Record<string, string>> = {}) =>
  w.request('GET', `/errors/${name}`, { headers })

describe('the explanations of errors', () => {
  must('RFC 6749 §5.2', 'R5: error_uri leads to a page that this server serves', async () => {
    const { body } = await w.request('POST', '/token', { body: { grant_type: 'x' }, headers: worldAuthorization })
    const { error_uri } = JSON.parse(body) as { readonly error_uri: string }
    assert.equal(error_uri, `${w.issuer}/errors/grant_type_unsupported`)
    const explained = await page('grant_type_unsupported')
    assert.equal(explained.status, 200)
    assert.match(explained.body, /grant_types_supported of the server metadata/)
  })

  test('R5: every reason has its page, and so has whatever is told', async () => {
    for (const refused of declaredRefusals()) {
      for (const name of [refused.reason, toldName(refused)]) {
        const { status, body } = await page(name)
        assert.equal(status, 200, name)
        assert.ok(body.includes(`<code>${refused.reason}</code>`), name)
      }
    }
  })

  test('AZ-33: every error_uri has only the characters of RFC 6749 §5.2, and none tells more than its description', () => {
    const byUri = Map.groupBy(declaredRefusals(), (refused) => errorUri(w.issuer, refused))
    const byTell = Map.groupBy(declaredRefusals(), ({ tell }) => tell)
    assert.equal(byUri.size, byTell.size)
    for (const [uri, told] of byUri) {
      assert.match(uri, /^https:\/\/id\.test\/errors\/[a-z0-9_]+$/)
      assert.equal(new Set(told.map(({ tell }) => tell)).size, 1)
    }
  })

  test('no description, made into a name, is the reason of another refusal', () => {
    const reasons = new Set(declaredRefusals().map(({ reason }) => reason))
    const shared = declaredRefusals().filter((refused) => toldName(refused) !== refused.reason)
    assert.deepEqual(
      shared.map(toldName).filter((name) => reasons.has(name)),
      [],
    )
  })

  test('policy 13: a stranger who holds a stolen code learns by error_uri that it is not good, and no more', async () => {
    const attempt = async (code: string) => {
      const body = { grant_type: 'authorization_code', code }
      return JSON.parse((await w.request('POST', '/token', { body, headers: worldAuthorization })).body) as object
    }
    const [visited, spent] = [await w.allow(w.visitor(), w.authorizeUrl()), 'lc_unknown']
    const stolen = visited.leaves?.searchParams.get('code') ?? ''
    assert.deepEqual(await attempt(stolen), await attempt(spent))
  })

  test('the frame is in the language of the reader, the explanation marked as English', async () => {
    const { body } = await page('client_authentication_failed', { 'accept-language': 'de' })
    assert.match(body, /<html lang="de"/)
    assert.match(body, /Was dieser Fehler bedeutet/)
    assert.match(body, /<section lang="en" dir="ltr">\s*<h2><code>client_secret_damaged<\/code>/)
  })

  test('any other name is explanation_unknown, and is not repeated', async () => {
    const { status, body } = await page('nothing_of_this_name')
    assert.equal(status, 404)
    assert.doesNotMatch(body, /nothing_of_this_name/)
    assert.equal(w.log.at(-1)?.detail['reason'], 'explanation_unknown')
  })

  test('R5: an error page leads to the explanation of its code, and shows the reference that the log knows', async () => {
    const { body, headers } = await w.request('GET', '/authorize?client_id=nobody')
    assert.ok(body.includes('href="https://id.test/errors/client_unknown"'))
    assert.ok(body.includes(`<code id="error-reference">${String(headers['x-request-id'])}</code>`))
    assert.equal(w.log.at(-1)?.detail['request_id'], headers['x-request-id'])
  })
})

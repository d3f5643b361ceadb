import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { refusedFor } from '../../testing/refused.ts'
import { world } from '../../testing/world.ts'
import { sql } from '../storage/sql.ts'
import { previewConsent } from './preview.ts'

const w = await world()
after(() => w.close())

const scope = 'openid email postcards.read postcards.send'

/** The page without what differs from one request to the next. */
const steady = (page: string): string =>
  page
    .slice(page.indexOf('<main>'), page.indexOf('</main>'))
    .replaceAll(/name="(csrf_token|question)" value="[^"]*"/g, '$1')

describe('the preview of the consent page', () => {
  test('R6: is, to the byte, what a person is shown for that request', async () => {
    const visitor = w.visitor()
    const login = await visitor.go(w.authorizeUrl({ scope, state: undefined }))
    const shown = await visitor.submit(login, {
      press: 'login-submit',
      fields: { username: 'alice', password: 'wonderland' },
    })
    assert.ok(shown.body.includes('id="consent-allow"'))
    const page = await previewConsent({ client_id: 'greatapp', scope, language: 'en' }, w.parts)
    assert.equal(steady(page), steady(shown.body))
  })

  test('is in the language asked for, and needs no server', async () => {
    const page = await previewConsent({ client_id: 'greatapp', scope, language: 'ar' }, w.parts)
    assert.match(page, /<html lang="ar" dir="rtl">/)
    assert.match(page, /alice@example\.com/)
    assert.doesNotMatch(page, /<link rel="stylesheet"|src="http|\/assets\//)
  })

  test('leaves nothing behind', async () => {
    const rows = () =>
      Promise.all(
        [
          sql`select count(*) as held from grants`,
          sql`select count(*) as held from interactions`,
          sql`select count(*) as held from accounts`,
          sql`select count(*) as held from audit_events`,
        ].map((statement) => w.ground.database.read(statement)),
      )
    const before = await rows()
    await previewConsent({ client_id: 'greatapp', scope, language: 'en' }, w.parts)
    assert.deepEqual(await rows(), before)
  })

  test('of a client or scope that there is not, is refused as the request would be', async () => {
    const of = (client_id: string, asked: string) =>
      previewConsent({ client_id, scope: asked, language: 'en' }, w.parts)
    await assert.rejects(of('nobody', scope), refusedFor('client_unknown'))
    await assert.rejects(of('greatapp', 'openid nonsense'), refusedFor('scope_unknown'))
    await assert.rejects(of('spa', 'email'), refusedFor('scope_not_allowed'))
  })
})

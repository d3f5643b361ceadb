/** In which language people are spoken to: chosen at the first page, kept to the receipt and the letter. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Language } from '../kernel/language.ts'
import { must } from '../../testing/must.ts'
import { clientRecord } from '../../testing/protocol.ts'
import { authorizationUrl, openSteps } from '../../testing/steps.ts'
import { wordsOf } from '../../testing/visitor.ts'
import { wordsFor } from './language.ts'
import { composeLetter } from './letter/compose.ts'
import { clientView } from './who.ts'

const translations = { de: { title: 'Ihre Postkarten ansehen' }, ja: { title: '絵はがきを見る' } }
const steps = await openSteps({
  resource: {
    names: { de: 'Postkarten-API' },
    scopes: {
      'postcards.read': { title: 'See your postcards', description: 'Every one.', optional: false, translations },
    },
  },
})
after(() => steps.close())

const asked = (ui_locales: string, otherwise: Readonly<Record<string, string>> = {}) =>
  authorizationUrl({ ui_locales, scope: 'openid postcards.read', ...otherwise })

must(
  'OpenID Connect Core §3.1.2.1',
  'ui_locales is kept from the sign-in to the consent, whatever the browser prefers',
  async () => {
    const visitor = steps.visitor()
    const page = await visitor.go(asked('pt de-AT en'), { 'accept-language': 'fr' })
    assert.match(page.body, /<html lang="de" dir="ltr">/)
    const consent = await steps.signIn(visitor, page)
    assert.match(wordsOf(consent), /bittet um Zugriff auf Ihr Konto/)
    const denied = await visitor.submit(consent, { press: 'consent-deny' })
    assert.equal(denied.leaves?.searchParams.get('error_description'), 'The person said no')
  },
)

must('RFC 9110 §12.5.4', 'where the client asks for nothing, the browser is answered as it prefers', async () => {
  const signedOut = await steps.visitor().go('/logout', { 'accept-language': 'xx, ar-EG;q=0.9, en;q=0.5' })
  assert.match(signedOut.body, /<html lang="ar" dir="rtl">/)
})

test('an error that goes nowhere is told in the language that the request asks for', async () => {
  const page = await steps.visitor().go(asked('ja', { client_id: 'nobody' }), { 'accept-language': 'fr' })
  assert.equal(page.status, 400)
  assert.match(wordsOf(page), /このリンクは使えません/)
})

test('AZ-43: unknown, malformed and endless languages are ignored, and the operator’s is spoken', async () => {
  for (const ui_locales of ['xx', '../de', '\u202Ede', 'x'.repeat(10_000), '__proto__', 'de;q=1']) {
    const page = await steps.visitor().go(asked(ui_locales), { 'accept-language': 'y'.repeat(10_000) })
    assert.match(page.body, /<html lang="en" dir="ltr">/, ui_locales.slice(0, 20))
  }
})

test('AZ-43, DS-05: of a thousand languages that strangers make up, nothing is left behind', () => {
  const before = process.memoryUsage().heapUsed
  const spoken = new Set(
    Array.from({ length: 1_000 }, (_, index) => {
      const made_up = `x${index.toString(36)}-${'y'.repeat(8)}`
      return wordsFor({ headers: { 'accept-language': made_up } }, steps.parts, made_up)
    }),
  )
  assert.equal(spoken.size, 1)
  assert.ok(process.memoryUsage().heapUsed - before < 50_000_000)
})

test('the words of a scope value, and its place’s name, are their owner’s in the language of the page, and where there are none the plain ones', async () => {
  const visitor = steps.visitor()
  const german = wordsOf(await steps.signIn(visitor, await visitor.go(asked('de'))))
  assert.match(german, /Postkarten-API .*Ihre Postkarten ansehen Every one\./)
  assert.match(wordsOf(await visitor.go(asked('fr'))), /Postcards API .*See your postcards/)
})

test('R12: the receipt and the letter keep the language in which the person was asked', async () => {
  const client = await steps.client({ client_id: 'keeps-language' })
  const visitor = steps.visitor()
  const consent = await steps.signIn(visitor, await visitor.go(asked('ja', { client_id: client.client_id })))
  await visitor.submit(consent, { press: 'consent-allow' })
  const { account_id } = steps.alice
  const [grant] = (await steps.stores.grants.listByAccount(account_id)).filter(
    ({ client_id }) => client_id === client.client_id,
  )
  assert.ok(grant)
  const decision = await steps.stores.consents.findNewest(account_id, grant.grant_id)
  assert.equal(decision?.shown['language'], 'ja')
  assert.match(JSON.stringify(decision?.shown), /絵はがきを見る/)
  const { grant_id } = grant
  const payload = { type: 'grant_given', grant_id, permissions: [{ scope: 'email' }] }
  const message = { message_id: 'm', kind: 'mail', payload, queued_at: steps.parts.clock(), attempts: 1 } as const
  const letter = await composeLetter(message, steps.parts)
  assert.match(letter?.text ?? '', /あなたのメールアドレスを見る/)
})

must('RFC 7591 §2.2', 'a client is called by the name it gave in the language, else by the one without', () => {
  const given = { client_name: 'Postcards', 'client_name#ja': '絵はがき', 'client_name#de-AT': 'Kartengruß' }
  const called = (language: Language) =>
    clientView(clientRecord({}, given), 'https://rp1.test/cb', language).client_name
  assert.equal(called('ja'), '絵はがき')
  assert.equal(called('de'), 'Kartengruß')
  assert.equal(called('fr'), 'Postcards')
})

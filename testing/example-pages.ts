/** Every page with views as they occur, and as they hurt: what the gallery draws and the browser tests look at. */
import { accountPage, type AccountView } from '../src/interaction/account/page.ts'
import { addressPage, type AddressView } from '../src/interaction/by-mail/page.ts'
import { linkOverPage } from '../src/interaction/by-mail/link-over-page.ts'
import { consentPage, type ConsentView } from '../src/interaction/consent/page.ts'
import { deviceCodePage } from '../src/interaction/device-code/page.ts'
import { deviceDonePage } from '../src/interaction/device-done/page.ts'
import { emailCodePage, type EmailCodeView } from '../src/interaction/email-code/page.ts'
import { enrolledPage, enrolmentPage } from '../src/interaction/enrolment/page.ts'
import { errorPage } from '../src/interaction/error/page.ts'
import { explanationPage } from '../src/interaction/explanation/page.ts'
import { expiredPage } from '../src/interaction/expired/page.ts'
import { interstitialPage } from '../src/interaction/interstitial/page.ts'
import { logoutPage } from '../src/interaction/logout/page.ts'
import { newAccountPage } from '../src/interaction/new-account/page.ts'
import { addressDonePage, newAddressPage, type NewAddressView } from '../src/interaction/new-address/page.ts'
import { donePage, newPasswordPage } from '../src/interaction/new-password/page.ts'
import { ownAddressPage, type OwnAddressView } from '../src/interaction/own-address/page.ts'
import { ownDeletionPage } from '../src/interaction/own-deletion/page.ts'
import { ownPasswordPage, type OwnPasswordView } from '../src/interaction/own-password/page.ts'
import { factorSections, type FactorsView } from '../src/interaction/security/factors-page.ts'
import { securityPage, type SecurityView } from '../src/interaction/security/page.ts'
import { stopPage } from '../src/interaction/stop/page.ts'
import { secondFactorPage } from '../src/interaction/second-factor/page.ts'
import { signInsPage } from '../src/interaction/sign-ins/page.ts'
import { signInPage, type SignInView } from '../src/interaction/sign-in/page.ts'
import { connectPage, newUpstreamAccountPage } from '../src/interaction/upstream/page.ts'
import { ownProfilePage, type OwnProfileView } from '../src/interaction/own-profile/page.ts'
import { signedOutPage } from '../src/interaction/signed-out/page.ts'
import type { Html } from '../src/kernel/html.ts'
import type { ClientView } from '../src/ui/client.ts'
import { destinationOf } from '../src/ui/destination.ts'
import { spellDuration } from '../src/ui/moment.ts'
import { formPostPage } from '../src/ui/form-post.ts'
import type { Particulars } from '../src/ui/particulars.ts'
import type { PermissionGroup } from '../src/ui/permission.ts'
import { adviceOn } from '../src/ui/words/advice.ts'
import { catalogues } from '../src/ui/words/catalogues.ts'
import type { Words } from '../src/ui/words/en.ts'

const { en } = catalogues

const now = Date.UTC(2026, 7, 13, 14, 0) / 1000
const hour = 3_600
const day = 24 * hour

const greatapp: ClientView = {
  destination: destinationOf('https://greatapp.example/callback'),
  client_name: 'Great App',
  verified: true,
  policy_uri: 'https://greatapp.example/privacy',
  tos_uri: 'https://greatapp.example/terms',
}
const demo: ClientView = {
  destination: destinationOf('http://localhost:4001/callback'),
  client_name: 'Postcards',
  verified: true,
}
const native: ClientView = {
  destination: destinationOf('com.example.app:/callback'),
  client_name: 'Field Notes',
  verified: false,
}
const international: ClientView = {
  destination: destinationOf('https://gооgle.example/cb'),
  client_name: 'Gооgle',
  verified: false,
}
/** Reversed, invisible, towering, far too long, and markup. */
const hostile: ClientView = {
  destination: destinationOf(`https://${'login-'.repeat(9)}.${'id-example-com.'.repeat(10)}evil.test/cb`),
  client_name: `\u202Egoogle\u200B\n<script>alert(1)</script>${'Z\u0351\u0353\u0354\u0355\u0356\u0357'.repeat(8)}${'W'.repeat(5_000)}`,
  verified: false,
  policy_uri: 'javascript:alert(1)',
  tos_uri: 'https://evil.test/',
}

const television: ClientView = {
  destination: { kind: 'device', user_code: 'WDJB-MJHT' },
  client_name: 'Great TV',
  verified: true,
}

const upstreams = [
  { id: 'google', name: 'Google' },
  { id: 'github', name: 'GitHub' },
  { id: 'university', name: 'the University of Wonderland' },
]
const elsewhere = { provider: 'Google', label: 'alice@example.com' }

const alice = { username: 'alice', name: 'Alice Liddell', email: 'alice@example.com' }

/** Draws the pages in a language, by the name of their picture. */
export function pagesIn(words: Words): Readonly<Record<string, Html>> {
  const connect = {
    home: '',
    words,
    csrf_token: 'example',
    person: alice,
    account_id: 'a',
    arrival: 'b',
    elsewhere,
  }
  const aboutYou: PermissionGroup = {
    name: words.permission.identity,
    permissions: [
      { scope: 'openid', title: words.permission.scopes.openid, optional: false },
      {
        scope: 'email',
        title: words.permission.scopes.email,
        optional: true,
        values: [{ label: words.permission.claims.email, value: 'alice@example.com' }],
      },
      {
        scope: 'phone',
        title: words.permission.scopes.phone,
        optional: true,
        values: [{ label: words.permission.claims.phone_number, value: undefined }],
      },
    ],
  }
  const postcards: PermissionGroup = {
    name: 'Postcards API',
    resource: 'https://api.example.com/',
    permissions: [
      {
        scope: 'postcards.read',
        title: 'See your postcards',
        description: 'Pictures and texts of every card you sent.',
        optional: false,
      },
      {
        scope: 'postcards.send',
        title: 'Send postcards in your name',
        optional: true,
        without: 'send the cards you write.',
        sensitive: true,
        purpose: 'We send your cards at the hour you choose.',
      },
    ],
  }

  const delivery: PermissionGroup = {
    name: 'Postcards API',
    resource: 'https://api.example.com/',
    permissions: [
      {
        scope: '',
        title: 'Send one postcard',
        description: 'It is printed and posted for you.',
        optional: false,
        sensitive: true,
        terms: [
          { label: 'Actions', value: 'Send it, See where it is' },
          { label: 'To', value: 'The White Rabbit, 1 Burrow Lane, Wonderland' },
          { label: 'For at most', value: '2.50 EUR' },
        ],
      },
    ],
  }

  const csrf = { csrf_token: 'example' }
  const signIn: SignInView = {
    home: '',
    words,
    ...csrf,
    goal: greatapp,
    first_visit: true,
    upstreams: [],
    forgot_password: '/forgotten-password',
  }
  const particulars: Particulars = {
    code: 'invalid_request',
    error_uri: '/errors/mail_link_over',
    reference: '01989f3c-77aa-7c1e-9d55-0f4be2a1c7d3',
  }
  const forgotten: AddressView = { home: '', words, ...csrf, goal: 'forgotten', back: '/interaction/1' }
  const consent: ConsentView = {
    home: '',
    words,
    ...csrf,
    question: 'example',
    client: greatapp,
    acquaintance: { came: 'by_operator', first_seen: now - 400 * day, people: 40 },
    account: alice,
    asks: [postcards, aboutYou],
    holds: [],
    lasting: true,
    idle: 90 * day,
    durations: [
      { value: 'once', lasts: 'once', ends_at: now + hour },
      { value: '1h', lasts: hour, ends_at: now + hour },
      { value: '1d', lasts: day, ends_at: now + day },
      { value: '30d', lasts: 30 * day, ends_at: now + 30 * day },
      { value: 'until_removed', lasts: 'until_removed' },
    ],
    access_for: '30d',
    form_expired: false,
    now,
  }
  const titles = [
    {
      name: 'Postcards API',
      titles: [
        { title: 'See your postcards', used: true },
        { title: 'Send postcards in your name', used: false },
      ],
    },
    {
      name: words.permission.identity,
      titles: [
        { title: words.permission.scopes.openid, used: true },
        { title: words.permission.scopes.email, used: false },
      ],
    },
  ]
  const receipt = '/account/receipts/1'

  const choices = {
    optional: [
      { value: 'postcards.send https://api.example.com/', title: 'Send postcards in your name' },
      { value: 'email', title: words.permission.scopes.email },
    ],
    lengths: [
      { value: '1h', seconds: hour, ends_at: now + hour },
      { value: '30d', seconds: 30 * day, ends_at: now + 30 * day },
      { value: 'until_removed' },
    ],
  }
  const links = { account: '/account', security: '/account/security', download: '/account/download' }
  const history: AccountView['history'] = [
    {
      client: native,
      first_party: false,
      permissions: titles.slice(0, 1),
      granted_at: now - 40 * day,
      ended_at: now,
      because: 'removed_by_person',
      use: { last_at: now - hour, from: '198.51.100.0/24', times: 3 },
      receipt,
    },
    {
      client: hostile,
      first_party: false,
      permissions: titles,
      granted_at: now - 120 * day,
      ended_at: now - 9 * day,
      because: 'unused',
      use: { times: 0 },
      receipt,
    },
  ]
  const account: AccountView = {
    home: '',
    words,
    csrf_token: 'example',
    person: alice,
    sign_out: '/logout',
    now,
    links,
    notice: { kind: 'access_ended', client: native, signed_tokens_until: now + 300 },
    history: [],
    applications: [
      {
        client_id: 'greatapp',
        client: greatapp,
        first_party: false,
        opens: 'https://greatapp.example/login?iss=https%3A%2F%2Fid.example.com',
        access: [
          {
            permissions: titles,
            kind: 'standing',
            granted_at: now - 9 * day,
            receipt,
            expires_at: now + 21 * day,
            use: { last_at: now - 3 * hour, from: '192.0.2.0/24', times: 1212 },
            change: { grant_id: 'g1', revision: 1, choices },
          },
        ],
      },
      {
        client_id: 'https://localhost/clients/ä b%2F"\'<',
        client: demo,
        first_party: true,
        access: [
          { permissions: titles, kind: 'once', granted_at: now, expires_at: now + hour, receipt, use: { times: 0 } },
          {
            permissions: titles.slice(0, 1),
            kind: 'standing',
            granted_at: now - day,
            unused_until: now + 89 * day,
            use: { last_at: now - day, from: '2001:db8:77::/48', times: 1 },
            receipt,
          },
        ],
      },
      {
        client_id: 'evil',
        client: hostile,
        first_party: false,
        access: [
          {
            permissions: titles.slice(1),
            kind: 'standing',
            granted_at: now - 90 * day,
            expires_at: now + 275 * day,
            paused_at: now - hour,
            unused_until: now + 90 * day,
            use: { times: 0 },
            change: { grant_id: 'g3', revision: 2, choices },
            receipt,
          },
        ],
      },
    ],
  }

  const deviceCode = { home: '', words, action: '/device', csrf_token: 'example', person: alice }
  const device = { home: '', words, client: television, account: '/account' }

  const factors: FactorsView = {
    state: 'open',
    passkeys: [{ credential_id: '1', name: 'Telephone', created_at: now - 3 * day, last_used_at: now - hour }],
    new_passkey: { options: '{}', name: 'Firefox · Linux' },
    enrolment: {
      secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
      uri: 'otpauth://totp/licet.example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=licet.example',
      sealed: 'sealed',
      state: 'new',
    },
    recovery_codes: 0,
    new_codes: [],
    remembered: [],
  }
  const codes = Array.from({ length: 10 }, () => '01234-56789-ABCDE-FGHJK-MNPQR')
  const security: SecurityView = {
    home: '',
    words,
    csrf_token: 'example',
    person: alice,
    sign_out: '/logout',
    links,
    now,
    notice: 'session_ended',
    more: [
      { href: '/account/password', label: words.more.password, id: 'change-password' },
      { href: '/account/address', label: words.more.address, id: 'change-address' },
      { href: '/account/sign-ins', label: words.more.signIns, id: 'sign-ins' },
    ],
    factors: factorSections(factors, { words, csrf_token: 'example', now }),
    end: false,
    sessions: [
      {
        session_id: '1',
        device: 'Firefox · Linux',
        address: '192.0.2.7',
        signed_in_at: now - hour,
        last_seen_at: now,
        is_this: true,
      },
      {
        session_id: '2',
        device: 'Samsung Internet · Android',
        address: '2001:db8:77:1:2:3:4:5',
        signed_in_at: now - 3 * day,
        last_seen_at: now - day,
        is_this: false,
      },
      {
        session_id: '3',
        device: words.security.unknown_device,
        address: '198.51.100.4',
        signed_in_at: now - day,
        last_seen_at: now - day,
        is_this: false,
      },
    ],
  }
  const emailCode: EmailCodeView = {
    home: '',
    words,
    csrf_token: 'example',
    asks: 'address',
    lasts: 600,
    back: '/interaction/1',
  }
  const own = { home: '', words, csrf_token: 'example', person: alice, sign_out: '/logout', links }
  const ownPassword: OwnPasswordView = { ...own, state: 'asks_current', minimum: 15, end_others: true }
  const ownProfile: OwnProfileView = {
    ...own,
    state: 'open',
    fields: [
      { name: 'name', value: 'Alice Liddell', wrong: false },
      { name: 'nickname', value: '', wrong: false },
      { name: 'birthdate', value: '1852-05-04', wrong: false },
      { name: 'phone_number', value: '+441865276150', wrong: false },
      { name: 'locale', value: 'en-GB', wrong: false },
      { name: 'zoneinfo', value: 'Europe/London', wrong: false },
      { name: 'website', value: 'https://alice.example/', wrong: false },
    ],
    fixed: [{ name: 'family_name', value: 'Liddell' }],
  }
  const ownAddress: OwnAddressView = { ...own, state: 'open', address: 'alice@example.com', proof: 'confirmed' }
  const confirmAddress: NewAddressView = {
    home: '',
    words,
    goal: 'link',
    csrf_token: 'example',
    address: 'alice@new.example',
    username: 'alice',
  }
  const longAddress = `${'long-'.repeat(12)}@${'very-'.repeat(30)}long.example`
  return {
    'sign-in': signInPage(signIn),
    'sign-in-wrong': signInPage({
      ...signIn,
      username: 'alice',
      notice: { kind: 'wrong_credentials' },
      first_visit: false,
    }),
    'sign-in-throttled': signInPage({
      ...signIn,
      goal: demo,
      notice: { kind: 'throttled', retry_after: 43 },
      first_visit: false,
    }),
    'sign-in-again': signInPage({
      home: '',
      words,
      ...csrf,
      goal: 'applications',
      username: 'alice',
      upstreams: [],
      notice: { kind: 'again', because: 'too_long_ago' },
      first_visit: false,
    }),
    'sign-in-upstream': signInPage({
      ...signIn,
      upstreams,
      register: '/new-account',
      email_code: '/interaction/1?by=email',
    }),
    'sign-in-upstream-failed': signInPage({
      ...signIn,
      upstreams,
      notice: { kind: 'elsewhere', failed: 'unreachable' },
      first_visit: false,
    }),
    'sign-in-arrived': signInPage({
      ...signIn,
      upstreams,
      arrival: { ...elsewhere, make_account: '/interaction/1?upstream=new' },
      first_visit: false,
    }),
    connect: connectPage(connect),
    'connect-taken': connectPage({
      ...connect,
      elsewhere: { provider: 'GitHub', label: `\u202E${'w'.repeat(250)}` },
      notice: 'taken',
    }),
    'new-upstream-account': newUpstreamAccountPage({
      home: '',
      words,
      csrf_token: 'example',
      arrival: 'b',
      elsewhere,
      username: 'alice',
      sign_in: '/interaction/1',
      notice: 'taken',
    }),
    'sign-in-hostile': signInPage({ ...signIn, goal: hostile, notice: { kind: 'busy', retry_after: 5 } }),
    consent: consentPage(consent),
    'consent-details': consentPage({ ...consent, asks: [delivery] }),
    'consent-demo': consentPage({
      ...consent,
      client: demo,
      asks: [aboutYou],
      form_expired: true,
      lasting: false,
      access_for: 'once',
    }),
    'consent-native': consentPage({
      ...consent,
      client: native,
      acquaintance: { came: 'by_itself', first_seen: now - hour, people: 'nobody', resembles: 'Field Note' },
      account: { username: 'alice' },
    }),
    'consent-agent': consentPage({
      ...consent,
      client: { ...demo, verified: false, described_at: 'agents.example' },
      acquaintance: { came: 'by_address', first_seen: now - hour, people: 'nobody' },
    }),
    'consent-device': consentPage({ ...consent, client: television }),
    'consent-more': consentPage({
      ...consent,
      standing: { ends_at: now + 9 * day, covers: false },
      holds: [aboutYou],
      asks: [{ ...postcards, is_new: true }],
    }),
    'consent-paused': consentPage({
      ...consent,
      standing: { ends_at: now + 9 * day, covers: true, paused_at: now - hour },
      holds: [aboutYou],
    }),
    'consent-international': consentPage({ ...consent, client: international }),
    'consent-hostile': consentPage({ ...consent, client: hostile }),
    account: accountPage(account),
    'account-going': accountPage({
      ...account,
      applications: account.applications.slice(0, 1),
      notice: undefined,
      going: { deletes_at: now + 12 * day, keep: '/account/delete' },
    }),
    'account-empty': accountPage({ ...account, applications: [], notice: undefined }),
    'account-history': accountPage({ ...account, applications: account.applications.slice(0, 1), history }),
    'second-factor': secondFactorPage({
      home: '',
      words,
      ...csrf,
      person: alice,
      account_id: 'a',
      takes_code: true,
      passkey: '{}',
    }),
    'second-factor-wrong': secondFactorPage({
      home: '',
      words,
      ...csrf,
      person: alice,
      account_id: 'a',
      takes_code: true,
      notice: { kind: 'wrong_code' },
    }),
    enrolment: enrolmentPage({
      home: '',
      words,
      ...csrf,
      person: alice,
      account_id: 'a',
      takes: 'any',
      new_passkey: { options: '{}', name: 'Firefox · Linux' },
      enrolment: factors.enrolment,
    }),
    'enrolment-passkey': enrolmentPage({
      home: '',
      words,
      ...csrf,
      person: alice,
      account_id: 'a',
      takes: 'passkey',
      new_passkey: { options: '{}', name: 'Firefox · Linux' },
      notice: 'passkey_failed',
    }),
    enrolled: enrolledPage({ home: '', words, codes, onward: '/account' }),
    'security-codes': securityPage({
      ...security,
      notice: 'totp_added',
      factors: factorSections(
        {
          ...factors,
          enrolment: undefined,
          totp_since: now,
          recovery_codes: 10,
          new_codes: codes,
          remembered: [
            { remembered_id: '1', device: 'Firefox · Linux', created_at: now - day, expires_at: now + 29 * day },
          ],
        },
        { words, csrf_token: 'example', now },
      ),
    }),
    security: securityPage(security),
    error: errorPage({
      home: '',
      words,
      heading: words.error.headings[400],
      sentence: words.error.sentences.redirect_uri_unregistered,
      particulars: { ...particulars, error_uri: '/errors/redirect_uri_unregistered' },
    }),
    'error-way-on': errorPage({
      home: '',
      words,
      heading: words.error.headings[500],
      sentence: words.error.general[500],
      particulars: { ...particulars, code: 'server_error', error_uri: '/errors/internal_failure' },
      way_on: { href: '/interaction/1', label: words.error.again },
    }),
    explanation: explanationPage({
      home: '',
      words,
      error: 'invalid_client',
      tell: 'Client authentication failed',
      reasons: ['client_secret_damaged', 'client_secret_wrong'].map((reason) => ({ reason, advice: adviceOn(reason) })),
    }),
    expired: expiredPage({
      home: '',
      words,
      because: 'expired',
      start_again: '/authorize?client_id=greatapp',
      client: greatapp,
      particulars: { ...particulars, error_uri: '/errors/interaction_expired' },
    }),
    'cookie-lost': expiredPage({
      home: '',
      words,
      because: 'cookie_lost',
      start_again: undefined,
      particulars: { ...particulars, error_uri: '/errors/interaction_elsewhere' },
    }),
    interstitial: interstitialPage({ home: '', words, ...csrf, client: native, answer: 'denied' }),
    'interstitial-hostile': interstitialPage({ home: '', words, ...csrf, client: hostile, answer: 'error' }),
    logout: logoutPage({ home: '', words, ...csrf, person: alice, client: greatapp }),
    stop: stopPage({ home: '', words, state: 'ask', client: greatapp }),
    'stop-ended': stopPage({ home: '', words, state: 'ended', client: greatapp }),
    'sign-in-register': signInPage({ ...signIn, register: '/new-account', email_code: '/interaction/1?by=email' }),
    'email-code': emailCodePage(emailCode),
    'email-code-sent': emailCodePage({ ...emailCode, asks: { token_id: '1' } }),
    'email-code-wrong': emailCodePage({ ...emailCode, asks: { token_id: '1' }, notice: { kind: 'wrong_code' } }),
    'forgotten-password': addressPage(forgotten),
    'forgotten-password-sent': addressPage({ ...forgotten, sent: 1800 }),
    'forgotten-password-odd': addressPage({ ...forgotten, email: '"><b>alice', notice: { kind: 'malformed' } }),
    register: addressPage({ ...forgotten, goal: 'registration', notice: { kind: 'not_admitted' } }),
    'register-sent': addressPage({ ...forgotten, goal: 'registration', sent: 3600 }),
    'new-password': newPasswordPage({ home: '', words, ...csrf, username: 'alice', minimum: 15 }),
    'new-password-wrong': newPasswordPage({
      home: '',
      words,
      ...csrf,
      username: 'alice',
      minimum: 15,
      notice: { kind: 'too_short' },
    }),
    'new-password-done': donePage({ home: '', words, done: 'password', onward: '/interaction/1' }),
    'new-account': newAccountPage({
      ...{ home: '', words, ...csrf, email: 'carol@example.com', minimum: 15 },
      upstreams: [],
    }),
    'new-account-elsewhere': newAccountPage({
      ...{ home: '', words, ...csrf, email: 'carol@example.com', minimum: 15 },
      upstreams,
      notice: { kind: 'elsewhere', failed: 'denied' },
    }),
    'new-account-taken': newAccountPage({
      home: '',
      words,
      ...csrf,
      email: `${'long-'.repeat(12)}@example.com`,
      username: 'alice',
      minimum: 15,
      notice: { kind: 'taken' },
      upstreams: [],
    }),
    'new-account-done': donePage({ home: '', words, done: 'account', onward: '/interaction/1' }),
    'own-password': ownPasswordPage(ownPassword),
    'own-password-wrong': ownPasswordPage({ ...ownPassword, notice: { kind: 'wrong' } }),
    'own-password-locked': ownPasswordPage({ ...ownPassword, state: 'locked' }),
    'own-password-done': ownPasswordPage({ ...ownPassword, state: 'done', notice: { kind: 'changed_alone' } }),
    'own-profile': ownProfilePage({ ...ownProfile, notice: 'saved' }),
    'own-profile-wrong': ownProfilePage({
      ...ownProfile,
      fields: [{ name: 'birthdate', value: '31.12.1852', wrong: true }],
      notice: 'wrong',
    }),
    'own-profile-locked': ownProfilePage({ ...ownProfile, state: 'locked' }),
    'own-profile-kept': ownProfilePage({ ...ownProfile, state: 'locked', notice: 'not_fresh' }),
    'own-address': ownAddressPage(ownAddress),
    'own-address-sent': ownAddressPage({
      ...ownAddress,
      proof: 'unconfirmed',
      notice: { kind: 'sent', address: longAddress, lasts: hour },
    }),
    'own-address-locked': ownAddressPage({ ...ownAddress, state: 'locked', address: undefined }),
    'own-deletion': ownDeletionPage({ ...own, state: { is: 'open', wait: 14 * day }, now }),
    'own-deletion-locked': ownDeletionPage({ ...own, state: { is: 'locked', wait: 14 * day }, now, notice: 'kept' }),
    'own-deletion-going': ownDeletionPage({ ...own, state: { is: 'going', deletes_at: now + 14 * day }, now }),
    'own-deletion-kept': ownDeletionPage({ ...own, state: { is: 'kept' }, now, notice: 'kept' }),
    'new-address': newAddressPage(confirmAddress),
    'new-address-taken': newAddressPage({ ...confirmAddress, notice: 'taken', address: longAddress }),
    'new-address-done': addressDonePage({
      home: '',
      words,
      goal: 'link',
      address: 'alice@new.example',
      onward: '/account',
    }),
    'undo-address': newAddressPage({ ...confirmAddress, goal: 'undo', notice: 'stale' }),
    'undo-address-done': addressDonePage({ home: '', words, goal: 'undo', address: '', onward: '/forgotten-password' }),
    'sign-ins': signInsPage({
      ...own,
      length: spellDuration(30 * day, words),
      notice: 'disowned',
      password: '/account/password',
      now,
      entries: [
        {
          session_id: '1',
          device: 'Firefox · Linux',
          address: '192.0.2.7',
          methods: ['pwd', 'otp'],
          at: now - hour,
          is_this: true,
        },
        {
          session_id: '2',
          device: 'Samsung Internet · Android',
          address: '2001:db8:77:1:2:3:4:5',
          methods: ['pop'],
          at: now - 3 * day,
          ended_at: now - day,
          is_this: false,
        },
      ],
    }),
    'link-over': linkOverPage({
      home: '',
      words,
      again: '/forgotten-password',
      particulars,
    }),
    'signed-out': signedOutPage({ home: '', words, sign_in: '/account' }),
    'signed-out-unconfirmed': signedOutPage({
      home: '',
      words,
      sign_in: '/account',
      unconfirmed: [greatapp, native, hostile],
      returns: { href: 'https://greatapp.example/bye', goes_on: false },
    }),
    'device-code': deviceCodePage(deviceCode),
    'device-code-wrong': deviceCodePage({ ...deviceCode, user_code: 'WDJB-MJHT', notice: { kind: 'wrong_code' } }),
    'device-done': deviceDonePage({ ...device, decision: 'allowed' }),
    'device-denied': deviceDonePage({ ...device, decision: 'denied' }),
    'form-post': formPostPage({
      home: '',
      words,
      redirect_uri: 'https://greatapp.example/callback',
      parameters: { code: 'lc_example', state: '"><script>alert(1)</script>' },
    }),
  }
}

/** The pages in English. */
export const examplePages: Readonly<Record<string, Html>> = pagesIn(en)

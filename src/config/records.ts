/** What a configuration lists: accounts, protected resources, clients, and whom we tell. */
import type { Json } from '../kernel/binding.ts'
import type { Hidden } from '../kernel/hidden.ts'
import { languages } from '../kernel/language.ts'
import { readDuration } from '../kernel/duration.ts'
import { isMapping } from '../kernel/mapping.ts'
import { isPlainText, longestName, plainTextForm } from '../kernel/plain-text.ts'
import { optional, readTable, required, setting, type Kind, type SettingTable } from '../kernel/setting.ts'
import { duration, formed, list, mapping, record, secret, shown, text, truth, word } from '../kernel/setting-kinds.ts'
import { requirableAcrValues } from '../vocabulary/authentication.ts'
import { standardClaims } from '../vocabulary/claims.ts'
import { outboundUrl } from './addresses.ts'
import { claimName, scopeValue } from './claim-rules.ts'

/** Any value that JSON has; YAML gives no other. */
const anything: Kind<Json> = { name: 'any value', read: (raw) => raw as Json }

const anyClaims = mapping(claimName, anything)

/** What is known of a person; a standard claim has its standard form. */
const claims: Kind<Readonly<Record<string, Json>>> = {
  ...anyClaims,
  read(raw, at) {
    const read = anyClaims.read(raw, at)
    for (const [name, value] of Object.entries(read ?? {})) {
      const form = standardClaims.get(name)
      if (form?.fits(value) === false) at.member(name).mistake(`must be ${form.demand}, not ${shown(value)}`)
    }
    return read
  },
}

/** What names something, in letters of any script. */
const named = (longest: number): Kind<string> =>
  formed('text', (written) => isPlainText(written, longest), plainTextForm(longest))

/** An account that is made when it is missing. */
export const account = record('account', {
  username: required(named(longestName.username), 'What the person signs in with.'),
  password: optional(secret, 'The password in clear; with an issuer on this machine only.'),
  password_hash: optional(
    formed(
      'argon2id hash',
      (written) => /^\$argon2id\$v=19\$[a-z0-9=,]+\$/.test(written),
      'an argon2id hash in PHC form',
    ),
    'The hash of the password, argon2id in PHC form.',
  ),
  claims: setting(claims, {}, 'What is known of the person, by OpenID Connect Core §5.1 names.'),
  disabled: setting(truth, false, 'Whether the account is made disabled.'),
})

/** The members that every type of authorization details can have, RFC 9396 §2.2. */
const commonMembers = ['type', 'locations', 'actions', 'datatypes', 'identifier', 'privileges']

const translatedScope = record('translated scope', {
  title: optional(text, 'The title.'),
  description: optional(text, 'The description.'),
  without: optional(
    text,
    'What cannot be done without it. Other languages than English set it after a colon: a phrase of its own.',
  ),
})

const requiredContext = optional(
  word(...requirableAcrValues),
  'How a person has signed in who allows it, at least: with a second factor, or with a passkey. Whoever has none sets it up on the way.',
)

const scopeDescription = record('scope', {
  title: required(text, 'One line for a person: “See your postcards”.'),
  description: optional(text, 'A sentence more.'),
  optional: setting(truth, false, 'Whether the person may leave it out.'),
  without: optional(
    text,
    'What an application cannot do when it is left out, after “cannot”: “send the cards you write”.',
  ),
  sensitive: optional(truth, 'Whether it does harm in the wrong hands, and is marked where a person decides.'),
  required_acr: requiredContext,
  translations: optional(
    mapping(word(...languages), translatedScope),
    'Its texts in other languages; what is missing is shown as above.',
  ),
})

const detailMember = formed(
  'name of a field',
  (written) => /^[a-z][a-z0-9_]{0,63}$/.test(written) && !commonMembers.includes(written),
  'lower case letters, digits and underscores, and none of the names of RFC 9396 §2.2',
)

const detailsTypeName = formed(
  'type',
  (written) => /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/.test(written) && written !== '__proto__',
  'visible ASCII without spaces, quotation marks and backslashes',
)

const translatedDetails = record('translated type', {
  title: optional(text, 'The title.'),
  description: optional(text, 'The description.'),
  actions: optional(mapping(detailMember, text), 'The actions in words.'),
  fields: optional(mapping(detailMember, text), 'The titles of the fields.'),
})

const detailsType = record('type of authorization details', {
  title: required(text, 'One line for a person: “Send one postcard”.'),
  description: optional(text, 'A sentence more.'),
  sensitive: optional(truth, 'Whether it does harm in the wrong hands, and is marked where a person decides.'),
  required_acr: requiredContext,
  actions: setting(mapping(detailMember, text), {}, 'What `actions` may hold, each in words: `send: Send it`.'),
  fields: setting(
    mapping(
      detailMember,
      record('field', {
        title: required(text, 'Its name for a person: “To”.'),
        kind: setting(word('text', 'whole_number', 'amount'), 'text', 'What it holds; an amount has a currency.'),
        required: setting(truth, true, 'Whether it must be there.'),
      }),
    ),
    {},
    'Its further fields, in the order in which they are shown.',
  ),
  translations: optional(
    mapping(word(...languages), translatedDetails),
    'Its texts in other languages; what is missing is shown as above.',
  ),
})

const resourceIndicator = formed(
  'absolute URI',
  (written) => /^[a-z][a-z0-9+.-]*:[\x21\x23-\x7e]+$/.test(written) && !written.includes('#') && URL.canParse(written),
  'an absolute URI without fragment (RFC 8707 §2)',
)

/** A protected resource, RFC 8707. */
export const resource = record('protected resource', {
  resource: required(resourceIndicator, 'Its resource indicator, an absolute URI.'),
  name: required(text, 'Its name for people.'),
  names: optional(
    mapping(word(...languages), text),
    'Its name in other languages; who reads none of them is shown `name`.',
  ),
  access_token_format: setting(word('jwt', 'opaque'), 'jwt', 'What its access tokens are.'),
  access_token_lifetime: optional(duration('1s', '1d'), 'How long its access tokens last, where not as all others.'),
  introspection_clients: setting(list(text), [], 'The client_ids of those who may introspect its tokens.'),
  scopes: setting(mapping(scopeValue, scopeDescription), {}, 'Its scope values in words.'),
  authorization_details_types: setting(
    mapping(detailsTypeName, detailsType),
    {},
    'What can be asked for in detail (RFC 9396), by type; clients need it in their `authorization_details_types`.',
  ),
  disabled: setting(truth, false, 'Whether no tokens are made for it.'),
})

/** What we keep of a client beside its metadata. */
const besideMetadata = {
  client_id: required(
    // RFC 6749 §A.1 has ASCII alone, which is all that we make up; operators bring others.
    named(longestName.client_id),
    'Its identifier.',
  ),
  client_secret: optional(secret, 'Its secret, best from the environment or a file.'),
  client_secret_hash: optional(
    formed('hash', (written) => /^[A-Za-z0-9_-]{43}$/.test(written), 'what `licet client hash-secret` prints'),
    'In place of the secret, or beside it while it is replaced: what `licet client hash-secret` prints.',
  ),
  disabled: setting(truth, false, 'Whether it is refused everywhere.'),
} satisfies SettingTable

/** A client as it was written: its metadata is not checked yet. */
export interface ConfiguredClient {
  readonly client_id: string
  readonly client_secret?: Hidden
  readonly client_secret_hash?: string
  readonly disabled: boolean
  /** Names of RFC 7591, and `first_party`, `profile`, `default_scope`, `refresh_replay_window` in seconds. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** A client: what is not ours is metadata, which the one check of client metadata judges later. */
export const client: Kind<ConfiguredClient> = {
  name: 'client',
  members: besideMetadata,
  read(raw, at) {
    if (!isMapping(raw)) return at.mistake(`must be a mapping, not ${shown(raw)}`)
    const { beside = [], metadata = [] } = Object.groupBy(Object.entries(raw), ([name]) =>
      Object.hasOwn(besideMetadata, name) ? 'beside' : 'metadata',
    )
    const kept = readTable(besideMetadata, Object.fromEntries(beside), at)
    return { ...kept, metadata: spelledOut(Object.fromEntries(metadata)) }
  },
}

/** The one length of time in a client is written like all others, `60s`; a bare number of seconds is taken too. */
function spelledOut(metadata: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const window = metadata['refresh_replay_window']
  const seconds = typeof window === 'string' ? readDuration(window) : undefined
  return seconds === undefined ? metadata : { ...metadata, refresh_replay_window: seconds }
}

/** One of the operator's own systems, told of what becomes of grants. */
export const webhook = record('webhook', {
  url: required(outboundUrl, 'Where events are posted.'),
  secret: required(secret, 'What they are signed with (HMAC-SHA256); `whsec_` and base64, or any text.'),
})

/** Whose software statements are believed, RFC 7591 §2.3. */
export const statementIssuer = record('issuer of software statements', {
  issuer: required(text, 'The `iss` of its statements, byte for byte.'),
  jwks: optional(anything, 'Its public keys, a JSON Web Key Set; or `jwks_uri`.'),
  jwks_uri: optional(text, 'Where its public keys are, an https:// URL; or `jwks`.'),
})

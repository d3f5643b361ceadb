/** Other providers that people can sign in at, as an operator writes them. */
import { optional, required, setting } from '../kernel/setting.ts'
import { formed, mapping, record, secret, text, truth, word } from '../kernel/setting-kinds.ts'
import { outboundUrl as url } from './addresses.ts'

const parameterName = formed(
  'parameter',
  (written) => /^[a-z_]{1,64}$/.test(written) && !ours.includes(written),
  'a parameter of an authorization request that is not the server’s own to send',
)

/** What binds the answer to this browser: written over, it would bind nothing. */
const ours = [
  ...['client_id', 'client_secret', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'state', 'nonce'],
  ...['code_challenge', 'code_challenge_method', 'max_age', 'prompt', 'request', 'request_uri'],
]

/** One provider. */
export const upstreamProvider = record('upstream provider', {
  id: required(
    formed(
      'name',
      (written) => /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/.test(written),
      'letters from a to z, digits and hyphens',
    ),
    'Its name in the redirect URI: `google`. It stays as it is.',
  ),
  preset: optional(
    word('google', 'microsoft', 'github', 'gitlab', 'apple'),
    'What is known of a well-known provider: its addresses, its scope values and whether its addresses can be believed. Without one, any provider.',
  ),
  name: optional(text, 'What the button says after “Continue with”.'),
  kind: optional(
    word('openid', 'oauth'),
    '`openid`, the default: OpenID Connect, with discovery. `oauth`: OAuth 2.0 alone, with the addresses below.',
  ),
  issuer: optional(
    url,
    'Its issuer identifier. What people are known by there is kept under it: of `oauth` as well, where any URL of theirs will do that never changes.',
  ),
  client_id: required(text, 'What this server is called there.'),
  client_secret: optional(secret, 'The secret it was given there; left out for a public client.'),
  token_endpoint_auth_method: optional(
    word('client_secret_basic', 'client_secret_post'),
    'How the secret is sent; `client_secret_basic` unless the preset knows otherwise.',
  ),
  scope: optional(text, 'What is asked for; `openid profile email` unless the preset knows otherwise.'),
  parameters: optional(
    mapping(parameterName, text),
    'Further parameters of the authorization request: `hd: example.com`.',
  ),
  trust_email: setting(
    truth,
    false,
    'Whether an e-mail address is taken for proved when this provider says that it is. Then somebody from there is signed in to the account with the same proved address, and where `account_registration` lets them they make an account without a letter. Whoever runs that provider could then take over any account by its address.',
  ),
  trust_amr: setting(
    truth,
    false,
    'Whether what it says of how somebody signed in there (`amr`) counts here: a second factor there is then none too few here.',
  ),
  authorization_endpoint: optional(url, 'For `kind: oauth`.'),
  token_endpoint: optional(url, 'For `kind: oauth`.'),
  userinfo_endpoint: optional(url, 'For `kind: oauth`: where the person is asked for, with the access token.'),
  emails_endpoint: optional(
    url,
    'For `kind: oauth`: where a list of `email`, `primary` and `verified` is, as GitHub has it.',
  ),
  subject_member: optional(
    text,
    'For `kind: oauth`: the member of that answer which names the person for good; `id` by default. Never a name or an address: both change hands.',
  ),
})

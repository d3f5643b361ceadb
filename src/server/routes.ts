/**
 * Every address there is: the one table. `docs/endpoints.md` is printed from it, the edge answers nothing else, and a
 * route without a handler (or a handler without a route) does not compile.
 */
import type { Handler } from '../http/message.ts'
import type { Rank } from '../http/overload.ts'
import { explanationsPath } from '../kernel/refusal.ts'
import { paths } from '../protocol/paths.ts'
import { protectedResourceMetadataPath } from '../protocol/protected-resource-metadata/endpoint.ts'
import { registrationPath } from '../protocol/registration/paths.ts'
import { checkSessionPath } from '../protocol/session-management/paths.ts'

/** A method that a route takes. */
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE'

/** One address. */
export interface Route {
  readonly methods: readonly Method[]
  /** From the issuer on; `:name` stands for one segment of unreserved characters, `:name*` for one or more. */
  readonly path: string
  readonly name: string
  /** Where it is specified, or what it is of ours. */
  readonly spec: string
  /** Whose scripts may read the answer, errors too. */
  readonly cors: 'nobody' | 'registered clients' | 'everybody'
  /** What a refusal that no handler makes looks like. */
  readonly speaks: 'page' | 'json'
  /**
   * For an issuer with a path: `issuer`, under it alone; `host`, at the root of the host as well; `discovery`, at the
   * places where the two specifications look.
   */
  readonly place: 'issuer' | 'host' | 'discovery'
  /** `any`: asked by probes that know an address and no name; such an answer holds no URL. */
  readonly host: 'issuer' | 'any'
  /** Who goes before whom under overload; `always`: what costs no more than turning its asker away. */
  readonly rank: Rank | 'always'
  /** Who may frame what is there; absent: nobody. */
  readonly framedBy?: 'anybody'
}

const page = { cors: 'nobody', speaks: 'page', place: 'issuer', host: 'issuer', rank: 'list' } as const
const endpoint = { cors: 'nobody', speaks: 'json', place: 'issuer', host: 'issuer', rank: 'token' } as const
const document = {
  methods: ['GET', 'HEAD'],
  cors: 'everybody',
  speaks: 'json',
  host: 'issuer',
  rank: 'always',
} as const
const probe = {
  methods: ['GET', 'HEAD'],
  cors: 'nobody',
  speaks: 'json',
  place: 'host',
  host: 'any',
  rank: 'always',
} as const
const asset = {
  methods: ['GET', 'HEAD'],
  cors: 'nobody',
  speaks: 'json',
  place: 'host',
  host: 'issuer',
  rank: 'always',
} as const

/** The table. */
export const routes = [
  {
    ...page,
    methods: ['GET', 'POST'],
    path: paths.authorization_endpoint,
    name: 'authorization_endpoint',
    rank: 'authorization',
    spec: 'RFC 6749 §3.1',
  },
  {
    ...endpoint,
    methods: ['POST'],
    path: paths.token_endpoint,
    name: 'token_endpoint',
    spec: 'RFC 6749 §3.2',
    cors: 'registered clients',
  },
  {
    ...endpoint,
    methods: ['GET', 'POST'],
    path: paths.userinfo_endpoint,
    name: 'userinfo_endpoint',
    spec: 'OpenID Connect Core §5.3',
    cors: 'registered clients',
  },
  {
    ...endpoint,
    methods: ['POST'],
    path: paths.introspection_endpoint,
    name: 'introspection_endpoint',
    spec: 'RFC 7662 §2',
  },
  {
    ...endpoint,
    methods: ['POST'],
    path: paths.revocation_endpoint,
    name: 'revocation_endpoint',
    spec: 'RFC 7009 §2',
    cors: 'registered clients',
  },
  {
    ...endpoint,
    methods: ['POST'],
    path: paths.pushed_authorization_request_endpoint,
    name: 'pushed_authorization_request_endpoint',
    rank: 'authorization',
    spec: 'RFC 9126 §2',
    cors: 'registered clients',
  },
  {
    ...endpoint,
    methods: ['POST'],
    path: paths.device_authorization_endpoint,
    name: 'device_authorization_endpoint',
    rank: 'authorization',
    spec: 'RFC 8628 §3.1',
  },
  {
    ...endpoint,
    methods: ['POST'],
    path: registrationPath,
    name: 'registration_endpoint',
    rank: 'list',
    spec: 'RFC 7591 §3, OpenID Connect Registration §3',
    cors: 'everybody',
  },
  {
    ...endpoint,
    methods: ['GET', 'PUT', 'DELETE'],
    path: `${registrationPath}/:client_id`,
    name: 'client_configuration',
    rank: 'list',
    spec: 'RFC 7592 §2',
    cors: 'everybody',
  },
  { ...document, path: paths.jwks_uri, name: 'jwks_uri', spec: 'RFC 7517 §5', place: 'issuer' },
  {
    ...document,
    path: '/.well-known/openid-configuration',
    name: 'discovery',
    spec: 'OpenID Connect Discovery §4, RFC 8414 §3',
    place: 'discovery',
  },
  {
    ...document,
    path: protectedResourceMetadataPath,
    name: 'protected_resource_metadata',
    spec: 'RFC 9728 §3',
    place: 'host',
  },
  {
    ...document,
    path: `${protectedResourceMetadataPath}/:path*`,
    name: 'protected_resource_metadata',
    spec: 'RFC 9728 §3.1',
    place: 'host',
  },

  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/interaction/:id',
    name: 'interaction',
    rank: 'sign_in',
    spec: 'sign-in and consent',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/account',
    name: 'account',
    spec: 'the signed-in person’s page',
    place: 'host',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/account/security',
    name: 'security',
    spec: 'where the person is signed in, and what they prove it with',
    place: 'host',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/account/password',
    name: 'own_password',
    spec: 'changing one’s own password',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/account/profile',
    name: 'own_profile',
    spec: 'what people say of themselves, OpenID Connect Core §5.1; but for `account_profile.fixed`',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/account/address',
    name: 'own_address',
    spec: 'asking for a letter that confirms an e-mail address of one’s own; where mail is configured',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/account/sign-ins',
    name: 'sign_ins',
    spec: 'where and how the person signed in, and “this was not me”',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/account/delete',
    name: 'own_deletion',
    spec: 'deleting one’s own account, after a while, and keeping it; where `account_deletion` lets people',
  },
  {
    ...page,
    methods: ['GET'],
    path: '/account/download',
    name: 'download',
    spec: 'all that is kept about the person, as JSON',
  },
  {
    ...page,
    methods: ['GET'],
    path: '/account/receipts/:id',
    name: 'receipt',
    spec: 'the receipt of a decision, or of the last one about a grant, as a signed JWT',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/stop/:id',
    name: 'stop',
    rank: 'token',
    spec: 'ending a grant by the link of a letter, after one confirmation',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/forgotten-password',
    name: 'forgotten_password',
    spec: 'asking for a letter with which a new password is chosen; where mail is configured',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/new-password/:id',
    name: 'new_password',
    rank: 'sign_in',
    spec: 'choosing a new password by the link of a letter',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/new-address/:id',
    name: 'new_address',
    spec: 'confirming an e-mail address by the link of a letter',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/undo-address/:id',
    name: 'undo_address',
    spec: 'putting back an e-mail address that was changed, by the link of a letter',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/new-account',
    name: 'account_registration',
    spec: 'asking for a letter with which an account is made; where `account_registration` lets somebody',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/new-account/:id',
    name: 'new_account',
    rank: 'sign_in',
    spec: 'making an account by the link of a letter or an invitation',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/upstream/:id',
    name: 'upstream',
    spec: 'where another provider sends people back to: the redirect URI registered there',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: paths.end_session_endpoint,
    name: 'logout',
    rank: 'token',
    spec: 'OpenID Connect RP-Initiated Logout §2',
    place: 'host',
  },
  {
    ...page,
    methods: ['GET'],
    path: checkSessionPath,
    name: 'check_session_iframe',
    spec: 'OpenID Connect Session Management §3.3',
    framedBy: 'anybody',
  },
  {
    ...page,
    methods: ['GET', 'POST'],
    path: '/device',
    name: 'device',
    rank: 'authorization',
    spec: 'RFC 8628 §3.3: entering the code that a device shows',
    place: 'host',
  },
  {
    ...page,
    methods: ['GET', 'HEAD'],
    path: `${explanationsPath}/:name`,
    name: 'explanation',
    spec: 'what an error means and how to mend it: where `error_uri` leads',
  },
  { ...page, methods: ['GET'], path: '/', name: 'root', spec: 'leads to the account page' },
  {
    ...page,
    methods: ['GET'],
    path: '/.well-known/change-password',
    name: 'change_password',
    spec: 'where password managers look for the page that changes one’s own password, and are led to it',
    place: 'host',
  },
  { ...asset, path: '/assets/:file', name: 'asset', spec: 'the stylesheet, the script of passkeys and the icon' },
  { ...asset, path: '/logos/:file', name: 'logo', spec: 'logos of applications, fetched and redrawn by us' },

  { ...probe, path: '/healthz', name: 'health', spec: 'whether the process lives' },
  { ...probe, path: '/readyz', name: 'readiness', spec: 'whether it can answer, the database too' },
  { ...probe, path: '/metrics', name: 'metrics', spec: 'Prometheus' },
] as const satisfies readonly Route[]

/** The name of a route. */
export type RouteName = (typeof routes)[number]['name']

/** One handler for every route. */
export type Handlers = { readonly [Name in RouteName]: Handler }

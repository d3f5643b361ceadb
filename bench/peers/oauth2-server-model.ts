/** What `@node-oauth/oauth2-server` asks of whoever keeps its records: rows of SQLite by the hash of their secret. */
import { createHash, randomBytes } from 'node:crypto'
import { clientsOf, type Scene } from '../scene.ts'
import { openSynced } from './node-program.ts'

const schema = `
create table if not exists clients (id text primary key, secret text not null, client text not null) without rowid;
create table if not exists records (kind text, hash text, record text not null, primary key (kind, hash)) without rowid;`

interface Holder {
  readonly client: { readonly id: string }
  readonly user: { readonly id: string }
  readonly scope?: readonly string[]
}
interface Code extends Holder {
  readonly authorizationCode: string
  readonly expiresAt: Date
}
interface Tokens extends Holder {
  readonly accessToken: string
  readonly accessTokenExpiresAt: Date
  readonly refreshToken?: string
  readonly refreshTokenExpiresAt?: Date
}

type Kind = 'code' | 'access' | 'refresh' | 'session'

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url')
const newSecret = (): string => randomBytes(32).toString('base64url')

/** Opens the model over a file, with the clients of the scene in it. */
export function openModel(path: string, scene: Scene) {
  const { database, says } = openSynced(path)
  database.exec(schema)
  const addClient = database.prepare('insert or ignore into clients values (?, ?, ?)')
  for (const { client_id: id, client_secret, grant_types: grants } of clientsOf(scene)) {
    const client = { id, grants, redirectUris: [scene.redirect_uri] }
    addClient.run(id, hashOf(client_secret), JSON.stringify(client))
  }
  const findClient = database.prepare('select client from clients where id = ? and (? is null or secret = ?)')
  const put = database.prepare('insert into records values (?, ?, ?)')
  const take = database.prepare('delete from records where kind = ? and hash = ?')
  const find = database.prepare('select record from records where kind = ? and hash = ?')

  const keep = (kind: Kind, secret: string, record: object) => put.run(kind, hashOf(secret), JSON.stringify(record))
  const found = (kind: Kind, secret: string): Readonly<Record<string, string>> | undefined => {
    const row = find.get(kind, hashOf(secret))
    return row && (JSON.parse(String(row['record'])) as Record<string, string>)
  }
  const spend = (kind: Kind, secret: string): boolean => take.run(kind, hashOf(secret)).changes === 1
  const dates = (record: Readonly<Record<string, string>> | undefined, ...names: readonly string[]) =>
    record && { ...record, ...Object.fromEntries(names.map((name) => [name, new Date(record[name] ?? '')])) }

  const model = {
    generateAccessToken: () => newSecret(),
    generateRefreshToken: () => newSecret(),
    generateAuthorizationCode: () => newSecret(),
    getClient(id: string, secret: string | null) {
      const hash = secret === null ? null : hashOf(secret)
      const row = findClient.get(id, hash, hash)
      return row ? (JSON.parse(String(row['client'])) as object) : false
    },
    getUserFromClient: ({ id }: { readonly id: string }) => ({ id }),
    validateScope: (_user: object, _client: object, scope: readonly string[]) => scope,
    saveAuthorizationCode(code: Code, client: Holder['client'], user: Holder['user']) {
      const { authorizationCode, ...rest } = code
      keep('code', authorizationCode, { ...rest, client: { id: client.id }, user })
      return { ...code, client, user }
    },
    getAuthorizationCode(secret: string) {
      const code = dates(found('code', secret), 'expiresAt')
      return code && { ...code, authorizationCode: secret }
    },
    revokeAuthorizationCode: ({ authorizationCode }: Code) => spend('code', authorizationCode),
    saveToken(tokens: Tokens, client: Holder['client'] & { readonly grants: readonly string[] }, user: Holder['user']) {
      const refreshes = client.grants.includes('refresh_token')
      const { accessToken, refreshToken, ...rest } = tokens
      const record = { ...rest, client: { id: client.id }, user }
      database.exec('begin immediate')
      keep('access', accessToken, record)
      if (refreshes && refreshToken !== undefined) keep('refresh', refreshToken, record)
      database.exec('commit')
      return { ...rest, accessToken, ...(refreshes && { refreshToken }), client, user }
    },
    getRefreshToken(secret: string) {
      const token = dates(found('refresh', secret), 'refreshTokenExpiresAt')
      return token && { ...token, refreshToken: secret }
    },
    revokeToken: ({ refreshToken }: { readonly refreshToken: string }) => spend('refresh', refreshToken),
  }
  return {
    model,
    /** Signs a browser in, and answers what its cookie is to hold. */
    signIn(username: string): string {
      const secret = newSecret()
      keep('session', secret, { username })
      return secret
    },
    personOf: (cookie: string): string | undefined => found('session', cookie)?.['username'],
    says,
  }
}

/** What node-oidc-provider asks of whoever keeps its records; the names are its interface's. */

/** What node-oidc-provider stores: JSON, of which a few members are looked up. */
export interface Payload {
  readonly grantId?: string
  readonly uid?: string
  readonly userCode?: string
}

/** One kind of record of node-oidc-provider. */
export interface Adapter {
  upsert(id: string, payload: Payload, expiresIn?: number): Promise<void>
  find(id: string): Promise<unknown>
  findByUid(uid: string): Promise<unknown>
  findByUserCode(userCode: string): Promise<unknown>
  consume(id: string): Promise<void>
  destroy(id: string): Promise<void>
  revokeByGrantId(grantId: string): Promise<void>
}

/** A database of an adapter. */
export interface AdapterDatabase {
  /** Makes the adapter of one model, for the `adapter` setting. */
  readonly adapter: (model: string) => Adapter
  /** What the connection says of its durability. */
  readonly says: string
}

/** Models whose records end with their grant. */
const grantable = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode'])

/** The columns of a record beside its key and its JSON. */
export function recordOf(model: string, { grantId, uid, userCode }: Payload, expiresIn: number | undefined) {
  return {
    grant_id: grantable.has(model) ? (grantId ?? null) : null,
    uid: model === 'Session' ? (uid ?? null) : null,
    user_code: userCode ?? null,
    expires_at: expiresIn === undefined ? null : Math.floor(Date.now() / 1000) + expiresIn,
  }
}

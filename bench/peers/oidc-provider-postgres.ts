/**
 * A durable adapter for node-oidc-provider over PostgreSQL, as well as its interface allows: named statements, one table, a
 * pool of connections, and a commit for each write that it is asked for.
 */
import { Pool } from 'pg'
import { recordOf, type Adapter, type AdapterDatabase } from './oidc-provider-adapter.ts'

const schema = `
create table if not exists records (
  key text primary key, payload text not null, grant_id text, uid text, user_code text,
  consumed_at bigint, expires_at bigint
);
create index if not exists records_by_grant on records (grant_id) where grant_id is not null;
create index if not exists records_by_uid on records (uid) where uid is not null;
create index if not exists records_by_user_code on records (user_code) where user_code is not null;`

const now = `extract(epoch from now())::bigint`
const isAlive = `(expires_at is null or expires_at > ${now})`
const statements = {
  upsert: `
    insert into records (key, payload, grant_id, uid, user_code, expires_at) values ($1, $2, $3, $4, $5, $6)
    on conflict (key) do update set payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid,
      user_code = excluded.user_code, expires_at = excluded.expires_at`,
  consume: `update records set consumed_at = ${now} where key = $1`,
  destroy: 'delete from records where key = $1',
  revoke: 'delete from records where grant_id = $1',
  find: `select payload, consumed_at from records where key = $1 and ${isAlive}`,
  findByUid: `select payload, consumed_at from records where uid = $1 and ${isAlive}`,
  findByUserCode: `select payload, consumed_at from records where user_code = $1 and ${isAlive}`,
}

/** Opens the database, whose table is made when missing. */
export async function openPostgresAdapter(url: string): Promise<AdapterDatabase> {
  const pool = new Pool({ connectionString: url, max: 10 })
  await pool.query(schema)
  const { rows } = await pool.query<{ synchronous_commit: string }>('show synchronous_commit')
  const run = async (name: keyof typeof statements, ...values: readonly unknown[]) =>
    (
      await pool.query<{ payload: string; consumed_at: string | null }>({
        name,
        text: statements[name],
        values: [...values],
      })
    ).rows[0]
  const write = async (...of: Parameters<typeof run>): Promise<void> => void (await run(...of))
  const read = async (...of: Parameters<typeof run>): Promise<unknown> => {
    const row = await run(...of)
    if (row === undefined) return undefined
    const found = JSON.parse(row.payload) as object
    return row.consumed_at === null ? found : { ...found, consumed: Number(row.consumed_at) }
  }
  const adapter = (model: string): Adapter => {
    const key = (id: string) => `${model}:${id}`
    return {
      upsert(id, payload, expiresIn) {
        const { grant_id, uid, user_code, expires_at } = recordOf(model, payload, expiresIn)
        return write('upsert', key(id), JSON.stringify(payload), grant_id, uid, user_code, expires_at)
      },
      find: (id) => read('find', key(id)),
      findByUid: (uid) => read('findByUid', uid),
      findByUserCode: (userCode) => read('findByUserCode', userCode),
      consume: (id) => write('consume', key(id)),
      destroy: (id) => write('destroy', key(id)),
      revokeByGrantId: (grantId) => write('revoke', grantId),
    }
  }
  return { adapter, says: `synchronous_commit=${rows[0]?.synchronous_commit}` }
}

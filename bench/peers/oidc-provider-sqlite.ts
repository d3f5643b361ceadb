/**
 * A durable adapter for node-oidc-provider over SQLite, as well as its interface allows: prepared statements, one
 * table, WAL with `synchronous=FULL`, so that what it acknowledged survives a loss of power.
 *
 * The interface asks for one write at a time and goes on when it is done, so each write is a commit of its own
 * (`each`). A more inventive adapter can gather the writes of one turn of the event loop and answer them after one
 * commit, as Licet does (`grouped`): it is measured too, so that nobody is compared with a straw man.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { openSynced } from './node-program.ts'
import { recordOf, type Adapter, type AdapterDatabase } from './oidc-provider-adapter.ts'

/** When the adapter commits. */
export type Commits = 'each' | 'grouped'

const schema = `
create table if not exists records (
  key text primary key, payload text not null, grant_id text, uid text, user_code text,
  consumed_at integer, expires_at integer
) without rowid;
create index if not exists records_by_grant on records (grant_id) where grant_id is not null;
create index if not exists records_by_uid on records (uid) where uid is not null;
create index if not exists records_by_user_code on records (user_code) where user_code is not null;`

const upsert = `
insert into records (key, payload, grant_id, uid, user_code, expires_at) values (?, ?, ?, ?, ?, ?)
on conflict (key) do update set payload = excluded.payload, grant_id = excluded.grant_id, uid = excluded.uid,
  user_code = excluded.user_code, expires_at = excluded.expires_at`
const isAlive = '(expires_at is null or expires_at > unixepoch())'

/** Opens the file, which is made when missing. */
export function openSqliteAdapter(path: string, commits: Commits): AdapterDatabase {
  const { database, says } = openSynced(path)
  database.exec(schema)
  const write = commits === 'each' ? writeAtOnce : groupedWrite(database)
  const statements = {
    upsert: database.prepare(upsert),
    consume: database.prepare('update records set consumed_at = unixepoch() where key = ?'),
    destroy: database.prepare('delete from records where key = ?'),
    revoke: database.prepare('delete from records where grant_id = ?'),
    find: database.prepare(`select payload, consumed_at from records where key = ? and ${isAlive}`),
    findByUid: database.prepare(`select payload, consumed_at from records where uid = ? and ${isAlive}`),
    findByUserCode: database.prepare(`select payload, consumed_at from records where user_code = ? and ${isAlive}`),
  }
  const adapter = (model: string): Adapter => {
    const key = (id: string) => `${model}:${id}`
    return {
      upsert(id, payload, expiresIn) {
        const { grant_id, uid, user_code, expires_at } = recordOf(model, payload, expiresIn)
        return write(statements.upsert, key(id), JSON.stringify(payload), grant_id, uid, user_code, expires_at)
      },
      find: (id) => read(statements.find, key(id)),
      findByUid: (uid) => read(statements.findByUid, uid),
      findByUserCode: (userCode) => read(statements.findByUserCode, userCode),
      consume: (id) => write(statements.consume, key(id)),
      destroy: (id) => write(statements.destroy, key(id)),
      revokeByGrantId: (grantId) => write(statements.revoke, grantId),
    }
  }
  return { adapter, says }
}

type Write = (statement: StatementSync, ...values: readonly SQLInputValue[]) => Promise<void>

const writeAtOnce: Write = (statement, ...values) => {
  statement.run(...values)
  return Promise.resolve()
}

function groupedWrite(database: DatabaseSync): Write {
  let waiting: { readonly run: () => void; readonly done: PromiseWithResolvers<void> }[] = []
  const commit = (): void => {
    const group = waiting
    waiting = []
    try {
      database.exec('begin immediate')
      for (const { run } of group) run()
      database.exec('commit')
      for (const { done } of group) done.resolve()
    } catch (error) {
      if (database.isTransaction) database.exec('rollback')
      for (const { done } of group) done.reject(error)
    }
  }
  return (statement, ...values) => {
    const done = Promise.withResolvers<void>()
    if (waiting.push({ run: () => statement.run(...values), done }) === 1) setImmediate(commit)
    return done.promise
  }
}

function read(statement: StatementSync, value: string): Promise<unknown> {
  const row = statement.get(value)
  if (row === undefined) return Promise.resolve(undefined)
  const { payload, consumed_at } = row
  const found = JSON.parse(String(payload)) as object
  return Promise.resolve(consumed_at === null ? found : { ...found, consumed: consumed_at })
}

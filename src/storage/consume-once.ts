import type { Database, Row } from './database.ts'
import type { Statement } from './sql.ts'

/**
 * Spends something that may be used once: an authorization code, a refresh token, a `jti`. There is no other way.
 *
 * The statement itself says under which conditions the thing is still unspent, and marks it spent in the same breath;
 * the database runs such statements on one row one after the other, however many callers, processes and nodes race. So
 * the number of rows that came back decides, and nobody reads first and writes later.
 *
 * @param statement one conditional `update` or `insert … on conflict` of one row, with `returning`
 * @returns what `returning` names, for the one who won; undefined for everyone else
 * @throws {Error} when the statement could spend several rows, or never tells that it spent one: a mistake of ours
 */
export async function consumeOnce(database: Database, statement: Statement): Promise<Row | undefined> {
  if (!statement.text.includes('returning')) throw new Error(`A spending statement does not return: ${statement.text}`)
  const rows = await database.write(statement)
  if (rows.length > 1) throw new Error(`A spending statement spent ${rows.length} rows: ${statement.text}`)
  return rows[0]
}

/**
 * One PostgreSQL for a whole run of tests: `node --test --test-global-setup=testing/one-postgres.ts`. Without it each
 * test process that asks for a database starts a server of its own.
 */
import { startPostgres, type PostgresServer } from './postgres.ts'

let server: PostgresServer | undefined

/** Starts the server before the first test, and tells all test processes where it is. */
export async function globalSetup(): Promise<void> {
  if (process.env['LICET_TEST_POSTGRES'] !== undefined) return
  server = await startPostgres()
  process.env['LICET_TEST_POSTGRES'] = server.url
}

/** Ends the server after the last test. */
export async function globalTeardown(): Promise<void> {
  await server?.stop()
}

import type { Detail } from '../kernel/refusal.ts'

/** Port: one line of the log for each event, with a stable name; no value in it is a secret. */
export interface EventLog {
  /** Says what happened in the ordinary course: `token_issued`, `signed_in`. */
  info(event: string, detail: Detail): void
  /** Says what was refused or looks wrong: `refused`, `refresh_token_reused`. */
  warn(event: string, detail: Detail): void
  /** Says what failed on our side, with its cause. */
  error(event: string, detail: Detail, cause: unknown): void
}

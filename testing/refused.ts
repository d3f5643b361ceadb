import { OAuthError } from '../src/kernel/refusal.ts'

/** Makes the check for `assert.throws` and `assert.rejects` that an error is our refusal for exactly that reason. */
export function refusedFor(reason: string): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof OAuthError)) throw error
    if (error.reason !== reason) throw new Error(`refused for ${error.reason}, not for ${reason}`, { cause: error })
    return true
  }
}

import type { EpochSeconds } from '../kernel/time.ts'

/** How many people are counted at most: beyond that it is only known that there are more. */
export const countedPeople = 10_000

/** Port: how widely clients are used. */
export interface ClientUse {
  /** How many accounts let a client do something at the moment, 0 to `countedPeople`; at most a minute old. */
  people(client_id: string, at: EpochSeconds): Promise<number>
}

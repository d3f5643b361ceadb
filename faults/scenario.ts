/** One fault, done to real servers, and what must hold of it. */
import type { Verdict } from './checker.ts'

/** How much of a scenario is run: `short` in seconds for every test run, `usual` by hand, `long` over night. */
export type Length = 'short' | 'usual' | 'long'

/** What a scenario is run in. */
export interface Setting {
  readonly length: Length
  /** An empty folder of its own, which is removed afterwards. */
  readonly directory: string
  /** Tells whoever watches how far it is. */
  say(line: string): void
}

/** What was measured, by its name in the table: a number with its unit, or a word. */
export type Figures = Readonly<Record<string, string>>

/** What a scenario answers. */
export interface Outcome {
  /** What the checker said, where a load was driven. */
  readonly verdict?: Verdict
  readonly figures: Figures
}

/** A program of the machine that a scenario cannot do without. */
export type Need = 'haproxy' | 'libfaketime' | 'mount' | 'patroni' | 'etcd' | 'pgbouncer' | 'postgresql'

/** One row of the table. */
export interface Scenario {
  /** `RL-01`, or a word. */
  readonly id: string
  /** What is done to it. */
  readonly fault: string
  /** What must hold; the scenario throws where it does not, but never for how long something took. */
  readonly holds: string
  readonly needs?: readonly Need[]
  /** Whether its short form runs with all other tests. */
  readonly tested: 'always' | 'by hand'
  run(setting: Setting): Promise<Outcome>
}

/** So many for each length. */
export const many = <Count = number>(length: Length, counts: Readonly<Record<Length, Count>>): Count => counts[length]

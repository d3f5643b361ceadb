/** Walks through every state that can be reached, the nearest first. */

/** What must hold after each step. */
export type Invariant<State> = (after: State, before: State) => boolean

/** What a walk came to. */
export type Exploration =
  | { readonly outcome: 'all hold'; readonly states: number }
  | {
      readonly outcome: 'broken'
      readonly states: number
      readonly invariant: string
      readonly trace: readonly string[]
    }

/** What is walked through. */
export interface Explored<State> {
  readonly beginning: State
  readonly steps: (state: State) => readonly { readonly what: string; readonly next: State }[]
  /** The same text for states that differ only in names. */
  readonly key: (state: State) => string
  readonly invariants: Readonly<Record<string, Invariant<State>>>
}

/** Explores until nothing is left, or an invariant does not hold: then the trace is a shortest one. */
export function explore<State>({ beginning, steps, key, invariants }: Explored<State>): Exploration {
  interface Reached {
    readonly state: State
    readonly from?: Reached
    readonly what: string
  }
  const rules = Object.entries(invariants)
  const seen = new Set([key(beginning)])
  let edge: readonly Reached[] = [{ state: beginning, what: 'begin' }]
  while (edge.length > 0) {
    const beyond: Reached[] = []
    for (const from of edge) {
      for (const { what, next } of steps(from.state)) {
        const broken = rules.find(([, holds]) => !holds(next, from.state))
        if (broken)
          return {
            outcome: 'broken',
            states: seen.size,
            invariant: broken[0],
            trace: trace({ state: next, from, what }),
          }
        const name = key(next)
        if (seen.has(name)) continue
        seen.add(name)
        beyond.push({ state: next, from, what })
      }
    }
    edge = beyond
  }
  return { outcome: 'all hold', states: seen.size }

  function trace(last: Reached): readonly string[] {
    const whats: string[] = []
    for (let one: Reached | undefined = last; one !== undefined; one = one.from) whats.unshift(one.what)
    return whats
  }
}

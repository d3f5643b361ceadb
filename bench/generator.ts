/** The load generator: virtual users that each do one operation after the other, as fast as they are answered. */

/** One whole operation of one virtual user; rejects when the server did not do the work. */
export type Operation = () => Promise<unknown>

/** How long users work, in milliseconds: before it counts, and while it counts. */
export interface Span {
  readonly warmUp: number
  readonly measured: number
  /** How much longer it may last until one operation has come to its end: nothing by default. */
  readonly patience?: number
}

/** What a measurement came to. */
export interface Measurement {
  /** Operations a second. */
  readonly throughput: number
  /** CPU time of the server an operation, in milliseconds. */
  readonly serverCpu: number
  /** CPU time of this process an operation, in milliseconds. */
  readonly generatorCpu: number
  /** Latency of an operation, in milliseconds. */
  readonly p50: number
  readonly p99: number
}

/**
 * Lets each operation be repeated by a user of its own, all at once, and measures.
 *
 * @param cpu answers the CPU time of the server so far, in milliseconds
 * @throws whatever an operation throws: work that was not done is not measured
 */
export async function measure(
  operations: readonly Operation[],
  { warmUp, measured, patience = 0 }: Span,
  cpu: () => number,
): Promise<Measurement> {
  const latencies: number[] = []
  let phase: 'warming' | 'measuring' | 'over' = 'warming'
  const user = async (operation: Operation): Promise<void> => {
    while (phase !== 'over') {
      const begun = performance.now()
      await operation()
      if (phase === 'measuring') latencies.push(performance.now() - begun)
    }
  }
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => undefined)
  const users = operations.map((operation) => user(operation).catch(failed.reject))
  const pass = (length: number) => Promise.race([elapsed(length), failed.promise])
  try {
    await pass(warmUp)
    const before = { server: cpu(), own: ownCpu(), at: performance.now() }
    phase = 'measuring'
    await pass(measured)
    for (const until = performance.now() + patience; latencies.length === 0 && performance.now() < until;) {
      await pass(10)
    }
    const after = { server: cpu(), own: ownCpu(), at: performance.now() }
    phase = 'over'
    await Promise.race([Promise.all(users), failed.promise])
    const { length } = latencies
    if (length === 0) throw new Error('no operation came to its end')
    latencies.sort((one, other) => one - other)
    return {
      throughput: (length / (after.at - before.at)) * 1000,
      serverCpu: (after.server - before.server) / length,
      generatorCpu: (after.own - before.own) / length,
      p50: quantile(latencies, 0.5),
      p99: quantile(latencies, 0.99),
    }
  } finally {
    phase = 'over'
    await Promise.all(users)
  }
}

/** The middle of values; of two middles, the lower. */
export function median(values: readonly number[]): number {
  return quantile(
    values.toSorted((one, other) => one - other),
    0.5,
  )
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

function ownCpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function elapsed(length: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, length)
  })
}

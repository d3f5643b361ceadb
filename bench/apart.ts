/** Whether two samples can be told apart: what somebody learns of a server by the time that its answers take. */
import { median } from './generator.ts'

/** How far one sample is from another. */
export interface Apart {
  /** How much longer the median of the first is, as a share of the other's. */
  readonly longer: number
  /** Between which such shares it is, in 95 of 100 resamples of both. */
  readonly interval: readonly [least: number, most: number]
  /** Of two answers, one from each, how often that of the first takes longer: 0.5 = nothing is learned. */
  readonly superiority: number
  /** How likely samples of one and the same are as far apart as these, by the rank test of Mann and Whitney. */
  readonly p: number
}

const resamples = 1000

/** Compares two samples of the same kind of measurement; both have some values, and few of them alike. */
export function apart(one: readonly number[], other: readonly number[]): Apart {
  const share = (first: readonly number[], second: readonly number[]) => median(first) / median(second) - 1
  const random = sequence(one.length)
  const resampled = (values: readonly number[]) => values.map(() => values[Math.floor(random() * values.length)] ?? 0)
  const shares = Array.from({ length: resamples }, () => share(resampled(one), resampled(other))).toSorted(
    (least, most) => least - most,
  )
  const pairs = one.length * other.length
  const above = rankSum(one, other) - (one.length * (one.length + 1)) / 2
  const deviation = Math.sqrt((pairs * (one.length + other.length + 1)) / 12)
  return {
    longer: share(one, other),
    interval: [shares[Math.floor(resamples * 0.025)] ?? 0, shares[Math.floor(resamples * 0.975)] ?? 0],
    superiority: above / pairs,
    p: twoSided((above - pairs / 2) / deviation),
  }
}

/** The sum of the ranks of one sample among both; who ties shares a rank. */
function rankSum(one: readonly number[], other: readonly number[]): number {
  const sorted = [...one, ...other].toSorted((least, most) => least - most)
  const ranks = new Map<number, { sum: number; count: number }>()
  for (const [index, value] of sorted.entries()) {
    const { sum, count } = ranks.get(value) ?? { sum: 0, count: 0 }
    ranks.set(value, { sum: sum + index + 1, count: count + 1 })
  }
  return one.reduce((total, value) => {
    const { sum, count } = ranks.get(value) ?? { sum: 0, count: 1 }
    return total + sum / count
  }, 0)
}

/** How likely a normal deviate is as far from 0, on either side: Abramowitz and Stegun 7.1.26, good to seven digits. */
function twoSided(deviate: number): number {
  const x = Math.abs(deviate) / Math.SQRT2
  const t = 1 / (1 + 0.3275911 * x)
  const coefficients = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429]
  const polynomial = coefficients.reduceRight((sum, coefficient) => (sum + coefficient) * t, 0)
  return polynomial * Math.exp(-x * x)
}

/** Numbers from 0 to 1 as if at random, the same each time: what is printed can be printed again. */
function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

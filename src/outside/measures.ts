/**
 * Numbers as Prometheus reads them: counted here, told to another process as JSON, put together, and printed in its text
 * format, version 0.0.4. Counting costs a look into a map; everything else waits until somebody asks.
 */

/** What becomes of a number when several processes measured it; `omit`: it means nothing for all of them. */
export type Together = 'sum' | 'average' | 'min' | 'max' | 'first' | 'omit'

/** What a measure is called. */
export interface Described {
  readonly name: string
  readonly help: string
  /** Default: `sum`. */
  readonly together?: Together
}

/** The values of labels by their names. */
export type Labels = Readonly<Record<string, string | number>>

/** One number. */
export interface Sample {
  /** What follows the name of the measure, in a histogram. */
  readonly suffix?: '_bucket' | '_sum' | '_count'
  readonly labels: Labels
  /** `null` where nobody knows: JSON has no NaN. */
  readonly value: number | null
}

/** What was measured under one name: JSON, as another process can be told. */
export interface Reading extends Required<Described> {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly samples: readonly Sample[]
}

/** Something that can be read. */
export interface Measure {
  read(): Promise<Reading>
}

/** What only grows. */
export interface Counter extends Measure {
  /** Adds to what is counted under these values of its labels, in their order. */
  add(amount: number, ...values: readonly (string | number)[]): void
}

/** How often what lay below which bound, by one label. */
export interface Histogram extends Measure {
  observe(amount: number, value: string): void
}

/** Makes a counter; without labels it begins at 0. */
export function counter(described: Described, ...names: readonly string[]): Counter {
  const counted = new Map<string, { readonly labels: Labels; value: number }>()
  const of = (values: readonly (string | number)[]) => {
    const key = values.join('\n')
    let one = counted.get(key)
    if (one === undefined) {
      one = { labels: Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])), value: 0 }
      counted.set(key, one)
    }
    return one
  }
  if (names.length === 0) of([])
  return {
    add(amount, ...values) {
      of(values).value += amount
    },
    read: async () => ({
      ...whole(described),
      type: 'counter',
      samples: [...counted.values()].map(({ labels, value }) => ({ labels, value })),
    }),
  }
}

/** What a measure is asked for: one number, or one for each value of its label. */
type Asked = number | Readonly<Record<string, number>>

/** Makes a counter of what is counted elsewhere, and asked for when it is read. */
export function counted(described: Described, ask: () => Asked, label = ''): Measure {
  return { read: async () => ({ ...whole(described), type: 'counter', samples: samplesOf(ask(), label) }) }
}

/** Makes a measure of what goes up and down, asked for when it is read. */
export function gauge(described: Described, ask: () => Asked | Promise<Asked>, label = ''): Measure {
  return { read: async () => ({ ...whole(described), type: 'gauge', samples: samplesOf(await ask(), label) }) }
}

/** Makes a histogram with these upper bounds, in ascending order, by one label. */
export function histogram(described: Described, label: string, bounds: readonly number[]): Histogram {
  const observed = new Map<string, { readonly counts: number[]; sum: number }>()
  return {
    observe(amount, value) {
      let one = observed.get(value)
      if (one === undefined) {
        one = { counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 }
        observed.set(value, one)
      }
      let at = 0
      while (at < bounds.length && amount > (bounds[at] ?? 0)) at += 1
      one.counts[at] = (one.counts[at] ?? 0) + 1
      one.sum += amount
    },
    read: async () => ({
      ...whole(described),
      type: 'histogram',
      samples: [...observed].flatMap(([value, { counts, sum }]) => {
        let count = 0
        const buckets = counts.map((more, at) => {
          count += more
          return { suffix: '_bucket' as const, labels: { le: bounds[at] ?? '+Inf', [label]: value }, value: count }
        })
        const labels = { [label]: value }
        return [
          ...buckets,
          { suffix: '_sum' as const, labels, value: sum },
          { suffix: '_count' as const, labels, value: count },
        ]
      }),
    }),
  }
}

/** Puts together what several processes measured, as if one had. */
export function together(all: readonly (readonly Reading[])[]): readonly Reading[] {
  const byName = Map.groupBy(all.flat(), ({ name }) => name)
  return [...byName.values()].flatMap((readings) => {
    const [first] = readings
    if (first === undefined || first.together === 'omit') return []
    const put = combine[first.together]
    const alike = Map.groupBy(
      readings.flatMap(({ samples }) => samples),
      ({ suffix, labels }) => JSON.stringify([suffix, labels]),
    )
    const samples = [...alike.values()].flatMap(([one, ...others]) =>
      one === undefined ? [] : [{ ...one, value: put([one, ...others].map(({ value }) => value ?? Number.NaN)) }],
    )
    return [{ ...first, samples }]
  })
}

const sum = (values: readonly number[]): number => values.reduce((so, value) => so + value, 0)
const combine: Readonly<Record<Exclude<Together, 'omit'>, (values: readonly number[]) => number>> = {
  sum,
  average: (values) => sum(values) / values.length,
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  first: ([value = Number.NaN]) => value,
}

/** The media type of what is printed. */
export const expositionType = 'text/plain; version=0.0.4; charset=utf-8'

/** Prints readings. */
export function exposition(readings: readonly Reading[]): string {
  const texts = readings.map(({ name, help, type, samples }) =>
    [
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(
        ({ suffix = '', labels, value }) => `${name}${suffix}${spelledLabels(labels)} ${spelledValue(value)}`,
      ),
    ].join('\n'),
  )
  return `${texts.join('\n\n')}\n`
}

function spelledLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}

function spelledValue(value: number | null): string {
  if (value === null) return 'NaN'
  return Number.isFinite(value) ? String(value) : String(value).replace('Infinity', 'Inf')
}

const whole = ({ name, help, together: joined = 'sum' }: Described): Required<Described> => ({
  name,
  help,
  together: joined,
})

function samplesOf(value: Asked, label: string): readonly Sample[] {
  if (typeof value === 'number') return [{ labels: {}, value: Number.isNaN(value) ? null : value }]
  return Object.entries(value).map(([name, each]) => ({ labels: { [label]: name }, value: each }))
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { counted, counter, exposition, gauge, histogram, together, type Measure, type Reading } from './measures.ts'

const named = { name: 'licet_x', help: 'What it is' }

async function printed(...measures: readonly Measure[]): Promise<string> {
  return exposition(await Promise.all(measures.map((measure) => measure.read())))
}

/** What another process is told: it comes as JSON. */
async function told(measure: Measure): Promise<readonly Reading[]> {
  return JSON.parse(JSON.stringify([await measure.read()])) as readonly Reading[]
}

test('a measure is printed with its help, its type and its numbers, and an empty line stands between two', async () => {
  const [one, other] = [counter(named), gauge({ ...named, name: 'licet_y' }, () => 1.5)]
  one.add(2)
  assert.equal(
    await printed(one, other),
    '# HELP licet_x What it is\n# TYPE licet_x counter\nlicet_x 2\n\n# HELP licet_y What it is\n# TYPE licet_y gauge\nlicet_y 1.5\n',
  )
})

test('a counter without labels begins at 0, one with labels when it first counts', async () => {
  assert.match(await printed(counter(named)), /^licet_x 0$/m)
  assert.doesNotMatch(await printed(counter(named, 'route')), /^licet_x/m)
})

test('each combination of labels is counted by itself', async () => {
  const answers = counter(named, 'route', 'status')
  answers.add(1, 'token', 200)
  answers.add(1, 'token', 200)
  answers.add(1, 'token', 400)
  const body = await printed(answers)
  assert.match(body, /^licet_x\{route="token",status="200"\} 2\nlicet_x\{route="token",status="400"\} 1$/m)
})

test('DS-05: a label that strangers choose ends no line and no value', async () => {
  const events = counter(named, 'event')
  events.add(1, 'a"} 1\nlicet_y \\')
  assert.match(await printed(events), /^licet_x\{event="a\\"\} 1\\nlicet_y \\\\"\} 1$/m)
})

test('what nobody knows is NaN, what has no end is Inf, and what is counted elsewhere is asked for as it is printed', async () => {
  assert.match(await printed(gauge(named, () => Promise.resolve(Number.NaN))), /^licet_x NaN$/m)
  assert.match(await printed(gauge(named, () => Number.NEGATIVE_INFINITY)), /^licet_x -Inf$/m)
  assert.match(
    await printed(counted(named, () => ({ token: 0, list: 3 }), 'rank')),
    /\{rank="token"\} 0\n.*"list"\} 3$/m,
  )
})

test('a histogram counts what is no more than each bound, everything, and the sum', async () => {
  const took = histogram(named, 'route', [0.1, 1])
  for (const seconds of [0.05, 0.1, 0.5, 2]) took.observe(seconds, 'token')
  assert.match(
    await printed(took),
    new RegExp(
      [
        '# TYPE licet_x histogram',
        'licet_x_bucket\\{le="0\\.1",route="token"\\} 2',
        'licet_x_bucket\\{le="1",route="token"\\} 3',
        'licet_x_bucket\\{le="\\+Inf",route="token"\\} 4',
        'licet_x_sum\\{route="token"\\} 2\\.65',
        'licet_x_count\\{route="token"\\} 4',
      ].join('\\n'),
    ),
  )
})

test('what several processes counted is added up, by labels', async () => {
  const [one, other] = [counter(named, 'event'), counter(named, 'event')]
  one.add(2, 'a')
  other.add(3, 'a')
  other.add(1, 'b')
  const body = exposition(together([await told(one), await told(other)]))
  assert.match(body, /^licet_x\{event="a"\} 5\nlicet_x\{event="b"\} 1$/m)
})

for (const [how, expected] of [
  ['sum', '4'],
  ['average', '2'],
  ['min', '1'],
  ['max', '3'],
  ['first', '3'],
] as const) {
  test(`of several processes the ${how} is printed where it is what means something`, async () => {
    const of = (value: number) => told(gauge({ ...named, together: how }, () => value))
    assert.match(exposition(together([await of(3), await of(1)])), new RegExp(`^licet_x ${expected}$`, 'm'))
  })
}

test('what means nothing for several processes is left out, and what one of them does not know nobody claims to know', async () => {
  const omitted = await told(gauge({ ...named, together: 'omit' }, () => 1))
  assert.deepEqual(together([omitted, omitted]), [])
  const unknown = await told(gauge({ ...named, together: 'max' }, () => Number.NaN))
  assert.match(exposition(together([unknown, unknown])), /^licet_x NaN$/m)
})

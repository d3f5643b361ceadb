import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openLines, type Lines } from './lines.ts'

/** Begins so many of those who stand in line; answers their names in the order in which they were begun. */
async function begin(lines: Lines<'token' | 'list'>, begun: string[], count: number): Promise<string> {
  const before = begun.length
  for (let one = 0; one < count; one += 1) assert.equal(lines.beginNext(), 'begun')
  await Promise.resolve()
  return begun.slice(before).join('')
}

function opened() {
  const lines = openLines({ token: 1, list: 0.5 })
  const begun: string[] = []
  const stand = (rank: 'token' | 'list', ...names: readonly string[]): void =>
    names.forEach((name) => void lines.stand(rank, 0).then(() => begun.push(name)))
  return { lines, begun, stand }
}

test('R16: within a rank whoever came first is begun first', async () => {
  const { lines, begun, stand } = opened()
  stand('list', 'a', 'b', 'c')
  assert.equal(await begin(lines, begun, 3), 'abc')
  assert.equal(lines.beginNext(), 'nobody')
})

test('RL-23: a flood of one rank waits for itself, and hardly anybody else for it', async () => {
  const { lines, begun, stand } = opened()
  stand('list', ...Array<string>(1000).fill('l'))
  await begin(lines, begun, 100)
  stand('token', 't', 'u')
  assert.match(await begin(lines, begun, 4), /t.*u/)
})

test('RL-22: those who stand in line are begun in proportion to the shares of their ranks', async () => {
  const { lines, begun, stand } = opened()
  stand('list', ...Array<string>(100).fill('l'))
  stand('token', ...Array<string>(100).fill('t'))
  assert.equal((await begin(lines, begun, 30)).replaceAll('l', '').length, 20)
})

test('RL-22: a rank for which nobody stood in line has saved nothing up', async () => {
  const { lines, begun, stand } = opened()
  stand('token', ...Array<string>(200).fill('t'))
  await begin(lines, begun, 100)
  stand('list', ...Array<string>(100).fill('l'))
  assert.equal((await begin(lines, begun, 30)).replaceAll('l', '').length, 20)
})

test('RL-22: whoever has stood longest is known, whatever their rank', () => {
  const { lines } = opened()
  assert.equal(lines.first(), undefined)
  void lines.stand('list', 20)
  void lines.stand('list', 30)
  void lines.stand('token', 10)
  assert.equal(lines.first(), 10)
})

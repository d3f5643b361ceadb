import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { clientRecord } from '../../testing/protocol.ts'
import type { Outbound, OutboundAnswer, OutboundRefusal } from '../domain/outbound.ts'
import type { Logos } from '../domain/logos.ts'
import { openLogos } from './logos.ts'

const client = clientRecord({}, { logo_uri: 'https://rp1.test/logo' })
const drawn = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 4, background: '#c33' } }).withExif({ IFD0: { Artist: 'Eve' } })

/** Logos behind which one answer waits, and what was asked and logged. */
function opened(answer: () => OutboundAnswer | OutboundRefusal) {
  const asked: string[] = []
  const why: unknown[] = []
  let at = 0
  const get = (url: string) => {
    asked.push(url)
    return Promise.resolve(answer())
  }
  const keep = (_event: string, detail: object) => void why.push(...Object.values(detail).slice(1))
  const log = { info: keep, warn: keep, error: keep }
  const logos = openLogos({ outbound: { get, post: get } satisfies Outbound, clock: () => at, log })
  return { logos, asked, why, wait: (seconds: number) => void (at += seconds) }
}

/** Waits until the picture is there, or it was said why not. */
async function settled(logos: Logos, why: readonly unknown[]): Promise<string | undefined> {
  const before = why.length
  for (;;) {
    const path = logos.pathOf(client)
    if (path !== undefined || why.length > before) return path
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const ok = (body: Uint8Array): OutboundAnswer => ({ status: 200, headers: {}, body })

for (const format of ['png', 'jpeg', 'webp', 'gif'] as const) {
  test(`a ${format} is served as a PNG of ours, small, without what else the file held`, async () => {
    const file = await drawn(900, 300).toFormat(format).toBuffer()
    const { logos, why } = opened(() => ok(file))
    assert.equal(logos.pathOf(client), undefined, 'nobody waits')
    const path = await settled(logos, why)
    assert.match(path ?? '', /^\/logos\/[A-Za-z0-9_-]{22}\.png$/)
    const png = logos.find(path?.slice('/logos/'.length) ?? '')
    const { width, height, exif, format: got } = await sharp(png).metadata()
    assert.deepEqual({ width, height, exif, got }, { width: 128, height: 43, exif: undefined, got: 'png' })
  })
}

test('an SVG, another format, more pixels than a screen has, half a file and what is not a picture at all are refused', async () => {
  const whole = await drawn(64, 64).png().toBuffer()
  const bomb = await sharp({ create: { width: 7_200, height: 7_000, channels: 3, background: '#000' } })
    .png()
    .toBuffer()
  assert.ok(bomb.length < 1_000_000, '50 megapixels in a small file')
  const files = [
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'),
    await drawn(64, 64).tiff().toBuffer(),
    bomb,
    whole.subarray(0, 90),
    Buffer.from('<html>'),
    Buffer.alloc(0),
  ]
  for (const file of files) {
    const { logos, why } = opened(() => ok(file))
    assert.equal(await settled(logos, why), undefined, file.subarray(0, 20).toString('latin1'))
  }
})

test('what cannot be fetched is asked for again after ten minutes, and a logo after a day; meanwhile the old one stays', async () => {
  const file = await drawn(64, 64).png().toBuffer()
  let answer: OutboundAnswer | OutboundRefusal = { refused: 'unreachable', why: 'private_address' }
  const { logos, asked, why, wait } = opened(() => answer)
  assert.equal(await settled(logos, why), undefined)
  assert.deepEqual(why, ['private_address'])
  logos.pathOf(client)
  assert.equal(asked.length, 1)
  wait(600)
  answer = ok(file)
  const path = await settled(logos, why)
  assert.notEqual(path, undefined)
  wait(86_399)
  assert.equal(logos.pathOf(client), path)
  assert.equal(asked.length, 2)
  wait(1)
  answer = { ...ok(file), status: 500 }
  assert.equal(logos.pathOf(client), path)
  assert.equal(asked.length, 3)
})

test('a client without a logo makes us ask nobody, and a file that was never made is not there', () => {
  const { logos, asked } = opened(() => ({ refused: 'busy', why: 'too_many_requests' }))
  assert.equal(logos.pathOf(clientRecord()), undefined)
  assert.equal(logos.find('x.png'), undefined)
  assert.equal(asked.length, 0)
})

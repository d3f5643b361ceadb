import assert from 'node:assert/strict'
import { getPriority } from 'node:os'
import { test } from 'node:test'
import { stepBackPool } from './pool-threads.ts'

const skip = process.platform !== 'linux' && 'only Linux has a priority for each thread'

test(
  'RL-23: the threads that compute hashes step back behind the event loop, which stays where it is',
  { skip },
  async () => {
    const before = getPriority()
    const threads = await stepBackPool()
    assert.ok(threads > 0, 'no thread of the pool was found')
    assert.equal(getPriority(), before)
    assert.equal(await stepBackPool(), threads, 'those that stepped back are found again')
  },
)

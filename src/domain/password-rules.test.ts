import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { must } from '../../testing/must.ts'
import { longestPassword, passwordFault } from './password-rules.ts'

const rules = { minimum: 15, server_names: ['id.example.com', 'Licet'] }
const names = ['alice', 'alice.liddell@wonderland.example']
const fault = (password: string, minimum = rules.minimum) => passwordFault(password, names, { ...rules, minimum })

describe('AC-10: a password', () => {
  must(
    'NIST SP 800-63B §3.1.1.2',
    'AC-10: of fewer than 15 characters is too short, 8 where the operator says so',
    async () => {
      assert.equal(await fault('q7!kz'), 'too_short')
      assert.equal(await fault('qmvk zjwx plofd'.slice(0, 14)), 'too_short')
      assert.equal(await fault('qmvk zjwx plofd'), undefined)
      assert.equal(await fault('qmvkzjw', 8), 'too_short')
      assert.equal(await fault('qmvkzjwx', 8), undefined)
    },
  )

  must(
    'NIST SP 800-63B §3.1.1.2',
    'AC-10: may have 64 characters and more, and is refused, never cut, where it has too many',
    async () => {
      const phrase = 'all mimsy were the borogoves '
      for (const length of [64, 128, 1000, longestPassword]) {
        const password = Array.from({ length: 40 }, (_, each) => `${phrase}${each}`).join('')
        assert.equal(await fault(password.slice(0, length)), undefined)
      }
      assert.equal(await fault('q'.repeat(longestPassword + 1)), 'too_long')
    },
  )

  must('NIST SP 800-63B §3.1.1.2', 'AC-10: is of whatever characters: spaces, letters alone, any script', async () => {
    for (const password of [
      'mimsy borogoves outgrabe',
      'mimsyborogovesoutgrabe',
      'しずかな ねこが ごにん います よね',
      '🦊🐢🦜🐙🦔🐝🦩🐬🦥🐌🦚🐇🦦🐧🦫',
    ]) {
      assert.equal(await fault(password), undefined, password)
    }
  })

  test('AC-10: is counted as it is seen, not as it was composed', async () => {
    const decomposed = 'e\u0301'.repeat(8)
    assert.equal(decomposed.length, 16)
    assert.equal(await fault(decomposed), 'too_short')
  })

  test('AC-10: that leaked often is common, also repeated, in capitals, or with the usual ornaments', async () => {
    for (const password of [
      'password',
      'iloveyou',
      'Trustno1',
      '1qaz2wsx3edc4rfv',
      'qwertyuiop',
      'PasswordPassword',
      'password12345678',
      '!!!Monkey!!!',
      'letmeinletmein!!',
    ]) {
      assert.equal(await fault(password, 6), 'common', password)
    }
  })

  test('AC-10: that runs on is common', async () => {
    for (const password of [
      '123456789012345',
      '987654321098765',
      'abcdefghijklmnop',
      '000000000000000',
      'zyxwvutsrqponmlk',
      '1212121212121212',
    ]) {
      assert.equal(await fault(password), 'common', password)
    }
  })

  test('AC-10: that is a name of the account or of this server is refused as such', async () => {
    for (const password of [
      'alicealicealice',
      'wonderland2026!',
      'Licet-Licet-Licet',
      'ALICE.liddell@wonderland.example',
      'id.example.com1',
    ]) {
      assert.equal(await fault(password), 'about_you', password)
    }
    assert.equal(await fault('alice goes through the looking glass'), undefined)
  })
})

test('DS-01: judging the longest password takes no longer for being built against us', async () => {
  for (const password of [
    '1'.repeat(longestPassword - 1) + 'a',
    `${'ab'.repeat(400)}c`,
    `${'-'.repeat(600)}x${'-'.repeat(400)}`,
  ]) {
    assert.ok((await fault(password)) === undefined || (await fault(password)) === 'common')
  }
})

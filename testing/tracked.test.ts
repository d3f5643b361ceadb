/** What is in the repository: what somebody wrote, and nothing that a program left there. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { test } from 'node:test'
import { root } from './source.ts'

const kinds = ['.css', '.js', '.json', '.md', '.png', '.service', '.sh', '.sql', '.ts']
/** Files that tools look for by names without a kind. */
const names = ['.dockerignore', '.gitignore', '.npmrc', '.prettierignore', 'Dockerfile', 'LICENSE']
/** Commands, called without one. */
const commands = ['.ci/run', 'bin/licet', 'bin/runtime']

// An archive of the sources says nothing of what is tracked.
test('what is tracked is written by hand', { skip: !existsSync(join(root, '.git')) }, () => {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root }).toString().split('\0').slice(0, -1)
  assert.ok(tracked.length > 1000)
  const strangers = tracked.filter(
    (path) => !kinds.includes(extname(path)) && !names.includes(basename(path)) && !commands.includes(path),
  )
  assert.deepEqual(strangers, [])
})

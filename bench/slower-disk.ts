/**
 * A disk whose flushes take longer, for all servers that are started afterwards: how much a commit costs is decided by
 * it, and machines differ a hundredfold. Made by a library that stands before the C library's own `fsync` and
 * `fdatasync`, so that a C compiler and a system that knows `LD_PRELOAD` are needed.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const source = (nanoseconds: number): string => `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
static void wait_longer(void) {
  struct timespec left = { ${Math.floor(nanoseconds / 1e9)}, ${nanoseconds % 1e9} };
  while (nanosleep(&left, &left) != 0) {}
}
#define LATER(name) int name(int fd) { \\
  static int (*real)(int); \\
  if (real == 0) real = (int (*)(int))dlsym(RTLD_NEXT, #name); \\
  wait_longer(); \\
  return real(fd); }
LATER(fsync)
LATER(fdatasync)
`

const flushOnce = `
const { fdatasyncSync, openSync, rmSync } = require('node:fs')
const file = process.argv[1]
const fd = openSync(file, 'w')
const before = performance.now()
fdatasyncSync(fd)
console.log(performance.now() - before)
rmSync(file)`

/**
 * Has each flush of every process that is started from now on take so much longer.
 *
 * @param milliseconds 0.01 to 1000, on top of what the disk takes
 * @throws {RangeError} for any other number
 * @throws {Error} when there is no C compiler, or the system does not put such a library before its own
 */
export function slowFlushes(milliseconds: number): void {
  if (!(milliseconds >= 0.01 && milliseconds <= 1000)) throw new RangeError('a flush waits 0.01 to 1000 ms longer')
  const directory = mkdtempSync(join(tmpdir(), 'licet-flush-'))
  process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
  // Whoever a database server runs as has to read it.
  chmodSync(directory, 0o755)
  const [text, library] = [join(directory, 'flush.c'), join(directory, 'flush.so')]
  writeFileSync(text, source(Math.round(milliseconds * 1e6)))
  execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, text, '-ldl'])
  process.env['LD_PRELOAD'] = library
  const took = Number(execFileSync(process.execPath, ['-e', flushOnce, join(directory, 'tried')]).toString())
  if (took < milliseconds) throw new Error(`a flush took ${took} ms: this system does not make it wait`)
}

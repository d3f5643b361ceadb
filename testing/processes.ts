/** Several processes at one thing: real races, and real deaths. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** What a process is started with. */
export interface Start<Input> {
  readonly input: Input
  /** Its number, from 0. */
  readonly index: number
}

/**
 * Starts processes of `module`, lets them all begin at the same moment once every one is ready, and returns the
 * result of each. The module calls {@link takePart}.
 */
export async function inProcesses<Result>(count: number, module: URL, input: unknown): Promise<readonly Result[]> {
  const children = Array.from({ length: count }, (_, index) => startProcess(module, { input, index }))
  try {
    await Promise.all(children.map(async (child) => nextMessage(child, 'prepared')))
    const results = children.map(async (child) => nextMessage(child, 'result'))
    for (const child of children) child.send('go')
    return (await Promise.all(results)) as readonly Result[]
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

/** Starts one process of `module`; it ends with this one. */
export function startProcess(module: URL, start: Start<unknown>): ChildProcess {
  return fork(module, [JSON.stringify(start)], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

/** Awaits what a process tells under a name; rejects when it ends before. */
export async function nextMessage(child: ChildProcess, name: string): Promise<unknown> {
  const ended = new AbortController()
  const failed = once(child, 'exit', { signal: ended.signal }).then(([code, signal]) => {
    throw new Error(`the process ended with ${String(code ?? signal)} before it told ${name}`)
  })
  failed.catch(() => undefined)
  try {
    for (;;) {
      const [message] = (await Promise.race([once(child, 'message', { signal: ended.signal }), failed])) as unknown[]
      if (isTold(message, name)) return message.value
    }
  } finally {
    ended.abort()
  }
}

/** In the process: prepares, waits for the others, then does what it came for and tells the result. */
export async function takePart<Input>(
  prepare: (start: Start<Input>) => Promise<() => Promise<unknown>>,
): Promise<void> {
  process.once('disconnect', () => process.exit())
  const act = await prepare(JSON.parse(process.argv[2] ?? '{}') as Start<Input>)
  const go = once(process, 'message')
  tell('prepared')
  await go
  tell('result', await act())
}

/** In the process: tells the one that started it. */
export function tell(name: string, value: unknown = null): void {
  process.send?.({ name, value })
}

function isTold(message: unknown, name: string): message is { readonly name: string; readonly value: unknown } {
  return typeof message === 'object' && message !== null && 'name' in message && message.name === name
}

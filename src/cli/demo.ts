/** `licet demo`: everything at once on this machine, to look at. */
import { fileURLToPath } from 'node:url'
import { startDemo, type Demo } from '../server/demo.ts'
import { Exit, say } from './console.ts'

/** Runs the demo until Ctrl-C. Resolves with the exit code. */
export async function demo(): Promise<number> {
  const running = await started()
  say(`
  Authorization server   ${running.issuer}
  Client application     ${running.application}
  Protected resource     ${running.resource}

  Account                ${running.username} / ${running.password}

  Open ${running.application} in a browser, and connect your postcards: it shows each step of the flow as it happens.

  The log is in ${running.log}. Ctrl-C ends all three.
`)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await running.close()
  return 0
}

async function started(): Promise<Demo> {
  const clone = fileURLToPath(new URL('../..', import.meta.url))
  try {
    return await startDemo(clone, { server: 4000, application: 4001, resource: 4002 })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      const port = 'port' in error ? ` ${String(error.port)}` : ''
      throw new Exit(
        1,
        `Port${port} is in use by another program: the demo needs 4000, 4001 and 4002. End that one first.`,
      )
    }
    throw error
  }
}

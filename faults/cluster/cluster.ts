/**
 * The cluster that users would run, on loopback ports: three machines, each with PostgreSQL under Patroni and an etcd, in
 * which they agree on who is primary. They acknowledge nothing that one standby does not have. In front of them is
 * HAProxy, which leads to the primary, and PgBouncer.
 */
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { endServer, startServer } from '../../bench/processes.ts'
import { freePort } from '../../testing/free-port.ts'
import { startEtcd } from './etcd.ts'
import { agreed, startMember, type Member } from './member.ts'
import { startPooler } from './pooler.ts'
import { until } from './until.ts'

/** Who is primary, and since when its PostgreSQL runs, as Patroni spells it. */
export interface Primary {
  readonly member: Member
  readonly since: string
}

/** A cluster that serves. */
export interface Cluster {
  readonly members: readonly Member[]
  /** Through HAProxy to whoever is primary. */
  readonly direct: string
  /** The same through PgBouncer in transaction mode. */
  readonly pooled: string
  /** Through HAProxy to one that follows. */
  readonly standby: string
  /** Awaits a primary that is not the one before: another member, or the same one started anew. */
  primary(before?: Primary): Promise<Primary>
  /** Awaits that all three take part and one standby is synchronous. */
  whole(): Promise<void>
  close(): Promise<void>
}

/** Starts a cluster in an empty folder, and awaits that it is whole. */
export async function startCluster(directory: string): Promise<Cluster> {
  const started: (() => Promise<void>)[] = []
  // PostgreSQL's user has a folder of its own in it.
  await chmod(directory, 0o711)
  const agreement = await startEtcd(directory, ['one', 'two', 'three'])
  // They end last, or whoever ends could tell nobody.
  started.push(...agreement.map((etcd) => () => etcd.close()))
  const members: Member[] = []
  for (const etcd of agreement) {
    const member = await startMember(etcd, { directory, agreement })
    members.push(member)
    started.unshift(() => member.close())
    // The first makes the database; the others copy it.
    await until(async () => (await answerOf(member, '/health')).status === 200, `${member.name} serves`)
  }
  const { port, standbys } = await startProxy(directory, members, started)
  const pooler = await startPooler(directory, `host=127.0.0.1 port=${port}`)
  started.unshift(() => pooler.close())
  const primary: Cluster['primary'] = async (before) => {
    let found: Primary | undefined
    const look = async (): Promise<boolean> => {
      const answers = await Promise.all(
        members.map(async (member) => ({ member, ...(await answerOf(member, '/primary')) })),
      )
      // Just after its database died a Patroni still says that it is primary, but not since when.
      const serving = answers.find(
        ({ status, body }) => status === 200 && body?.['postmaster_start_time'] !== undefined,
      )
      found = serving && { member: serving.member, since: String(serving.body?.['postmaster_start_time']) }
      return found !== undefined && (found.member !== before?.member || found.since !== before.since)
    }
    await until(look, 'there is a primary')
    if (found === undefined) throw new Error('there is no primary')
    return found
  }
  const whole = (): Promise<void> => {
    // Each tells what it last read of the agreement: only what they say for longer than a round is so. Until a new primary
    // has agreed with a standby, nobody may follow it, and its death would rightly stop all.
    let since = performance.now()
    return until(async () => {
      const states = await Promise.all(
        ['/primary', '/synchronous', '/replica'].map(async (path) => {
          const answers = await Promise.all(members.map((member) => answerOf(member, path)))
          return answers.filter(({ status }) => status === 200).length
        }),
      )
      if (states.join() !== '1,1,2') since = performance.now()
      return performance.now() - since > 3 * agreed.loop_wait * 1000
    }, 'all three take part')
  }
  await whole()
  return {
    members,
    direct: `postgres://licet:licet@127.0.0.1:${port}/postgres`,
    pooled: pooler.url,
    standby: `postgres://licet:licet@127.0.0.1:${standbys}/postgres`,
    primary,
    whole,
    async close() {
      for (const close of started) await close()
    },
  }
}

async function startProxy(
  directory: string,
  members: readonly Member[],
  started: (() => Promise<void>)[],
): Promise<{ readonly port: number; readonly standbys: number }> {
  const [port, standbys] = [await freePort(), await freePort()]
  const file = join(directory, 'haproxy.cfg')
  const servers = members.map(({ name, port: at, api }) => `  server ${name} 127.0.0.1:${at} check port ${api}`)
  await writeFile(
    file,
    `
defaults
  mode tcp
  timeout connect 1s
  timeout client 10m
  timeout server 10m
  default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
listen primary
  bind 127.0.0.1:${port}
  option httpchk GET /primary
${servers.join('\n')}
listen standbys
  bind 127.0.0.1:${standbys}
  option httpchk GET /replica
${servers.join('\n')}
`,
  )
  const child = await startServer({
    ...{ command: 'haproxy', parameters: ['-db', '-f', file], output: join(directory, 'haproxy.log') },
    // It says nothing; who connects too early tries again.
    ready: '',
  })
  started.unshift(() => endServer(child))
  return { port, standbys }
}

interface ApiAnswer {
  readonly status?: number
  readonly body?: Readonly<Record<string, unknown>>
}

/** What a member's Patroni answers; nothing while it does not. */
async function answerOf({ api }: Member, path: string): Promise<ApiAnswer> {
  try {
    const answer = await fetch(`http://127.0.0.1:${api}${path}`, { signal: AbortSignal.timeout(2000) })
    return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> }
  } catch {
    return {}
  }
}

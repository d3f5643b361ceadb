/**
 * The cluster that users would run, on loopback ports: three PostgreSQL under Patroni, which agree through etcd on who
 * is primary and acknowledge nothing that one standby does not have; HAProxy, which leads to the primary; PgBouncer.
 *
 * There is one etcd: what dies here are databases, and losing the agreement itself is etcd's own to survive.
 */
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { endServer, freePort, startServer } from '../../bench/processes.ts'
import { agreed, startMember, type Member } from './member.ts'
import { identity } from './programs.ts'

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
  const etcd = await startEtcd(directory, started)
  const members: Member[] = []
  for (const name of ['one', 'two', 'three']) {
    const member = await startMember(name, { directory, etcd })
    members.push(member)
    started.unshift(() => member.close())
    // The first makes the database; the others copy it.
    await until(async () => (await answerOf(member, '/health')).status === 200, `${name} serves`)
  }
  const port = await startProxy(directory, members, started)
  const pooler = await startPooler(directory, port, started)
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
    pooled: `postgres://licet:licet@127.0.0.1:${pooler}/postgres`,
    primary,
    whole,
    async close() {
      for (const close of started) await close()
    },
  }
}

async function startEtcd(directory: string, started: (() => Promise<void>)[]): Promise<number> {
  const [port, peers] = [await freePort(), await freePort()]
  const urls = { 'listen-client-urls': port, 'advertise-client-urls': port, 'listen-peer-urls': peers }
  const child = await startServer({
    command: 'etcd',
    parameters: [
      ...['--name=one', `--data-dir=${join(directory, 'etcd')}`, `--initial-cluster=one=http://127.0.0.1:${peers}`],
      `--initial-advertise-peer-urls=http://127.0.0.1:${peers}`,
      ...Object.entries(urls).map(([name, at]) => `--${name}=http://127.0.0.1:${at}`),
    ],
    output: join(directory, 'etcd.log'),
    ready: 'ready to serve client requests',
  })
  started.push(() => endServer(child))
  return port
}

async function startProxy(
  directory: string,
  members: readonly Member[],
  started: (() => Promise<void>)[],
): Promise<number> {
  const port = await freePort()
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
listen postgres
  bind 127.0.0.1:${port}
  option httpchk GET /primary
  default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
${servers.join('\n')}
`,
  )
  const child = await startServer({
    ...{ command: 'haproxy', parameters: ['-db', '-f', file], output: join(directory, 'haproxy.log') },
    // It says nothing; who connects too early tries again.
    ready: '',
  })
  started.unshift(() => endServer(child))
  return port
}

async function startPooler(directory: string, primary: number, started: (() => Promise<void>)[]): Promise<number> {
  const port = await freePort()
  const own = join(directory, 'pgbouncer')
  await mkdir(own)
  const file = join(own, 'pgbouncer.ini')
  await writeFile(join(own, 'users'), '"licet" "licet"\n')
  await writeFile(
    file,
    `
[databases]
postgres = host=127.0.0.1 port=${primary} user=licet password=licet
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(own, 'users')}
pool_mode = transaction
server_login_retry = 1
server_connect_timeout = 3
`,
  )
  if (identity.uid !== undefined) await chown(own, identity.uid, identity.gid)
  const child = await startServer({
    ...{ command: 'pgbouncer', parameters: [file], output: join(directory, 'pgbouncer.log'), options: identity },
    ready: 'process up',
  })
  started.unshift(() => endServer(child))
  return port
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

async function until(holds: () => Promise<boolean>, what: string, patience = 180_000): Promise<void> {
  for (const late = performance.now() + patience; !(await holds()); await wait(50)) {
    if (performance.now() > late) throw new Error(`in ${patience / 1000} s it did not come about that ${what}`)
  }
}

/** One of the three that hold the data: a machine with PostgreSQL, its Patroni and an etcd, which may all be killed. */
import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { endServer, startServer } from '../../bench/processes.ts'
import { freePort } from '../../testing/free-port.ts'
import type { Etcd } from './etcd.ts'
import { identity, postgresPrograms } from './programs.ts'

/** A member. */
export interface Member {
  readonly name: string
  /** Where PostgreSQL listens. */
  readonly port: number
  /** Where Patroni says what it is. */
  readonly api: number
  /** The etcd on the same machine. */
  readonly etcd: Etcd
  /** Kills PostgreSQL as `kill -9` does, and with `machine` Patroni and etcd as well. */
  kill(what: 'database' | 'machine'): Promise<void>
  /** Starts again what was killed beside PostgreSQL, which Patroni starts. */
  restart(): Promise<void>
  close(): Promise<void>
}

/**
 * What Patroni agrees on with the others. Strictly synchronous: without a standby that has it nothing is acknowledged.
 * Where PostgreSQL dies another is promoted at once; where the machine does, when its lease is over, after `ttl` seconds.
 */
export const agreed = {
  ttl: 20,
  loop_wait: 2,
  retry_timeout: 6,
  primary_start_timeout: 0,
  maximum_lag_on_failover: 1_048_576,
  synchronous_mode: true,
  synchronous_mode_strict: true,
  postgresql: {
    use_pg_rewind: true,
    // A standby looks for its new primary this often, five seconds by default: until one has come, nothing is acknowledged.
    parameters: { max_connections: 60, wal_keep_size: '256MB', wal_retrieve_retry_interval: '500ms' },
  },
}

/** Where a member is started. */
export interface Site {
  readonly directory: string
  /** All of etcd, by which the members agree. */
  readonly agreement: readonly Etcd[]
}

/** Starts a member beside its etcd, in a folder of its own. */
export async function startMember(etcd: Etcd, { directory, agreement }: Site): Promise<Member> {
  const { name } = etcd
  const own = join(directory, name)
  await mkdir(own)
  if (identity.uid !== undefined) await chown(own, identity.uid, identity.gid)
  const [port, api] = [await freePort(), await freePort()]
  const data = join(own, 'data')
  const file = join(own, 'patroni.yaml')
  const hosts = agreement.map(({ address }) => address).join()
  await writeFile(file, JSON.stringify(configuration({ name, port, api, own, data, hosts })))
  const launch = (): Promise<ChildProcess> =>
    startServer({
      ...{ command: 'patroni', parameters: [file], output: join(own, 'output') },
      options: { ...identity, cwd: own, env: { ...process.env, HOME: own } },
      ready: 'INFO',
    })
  let patroni = await launch()
  const killDatabase = (): void => {
    const pid = postmasterOf(data)
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  }
  // Patroni's children are not ours: nothing of them may outlive us.
  process.on('exit', () => {
    try {
      killDatabase()
    } catch {
      // It is gone already.
    }
  })
  return {
    name,
    port,
    api,
    etcd,
    async kill(what) {
      if (what === 'machine') await Promise.all([etcd.kill(), endServer(patroni, 'SIGKILL')])
      killDatabase()
    },
    async restart() {
      await etcd.restart()
      if (patroni.exitCode !== null || patroni.signalCode !== null) patroni = await launch()
    },
    close: () => endServer(patroni),
  }
}

interface Placed {
  readonly name: string
  readonly port: number
  readonly api: number
  readonly own: string
  readonly data: string
  /** Where etcd is, each with a comma before the next. */
  readonly hosts: string
}

/** YAML, of which JSON is a part. */
function configuration({ name, port, api, own, data, hosts }: Placed): object {
  const everybody = [
    'local all all trust',
    'host all all 127.0.0.1/32 trust',
    'host replication all 127.0.0.1/32 trust',
  ]
  const at = (place: number) => ({ listen: `127.0.0.1:${place}`, connect_address: `127.0.0.1:${place}` })
  return {
    scope: 'licet',
    name,
    restapi: at(api),
    etcd3: { hosts },
    bootstrap: { dcs: agreed, initdb: [{ encoding: 'UTF8' }, 'data-checksums'] },
    postgresql: {
      ...at(port),
      data_dir: data,
      bin_dir: postgresPrograms(),
      pgpass: join(own, 'pgpass'),
      pg_hba: everybody,
      parameters: { unix_socket_directories: own },
      // What cannot be wound back to where the others went their own way is copied from them anew.
      remove_data_directory_on_rewind_failure: true,
      remove_data_directory_on_diverged_timelines: true,
      authentication: {
        superuser: { username: 'licet', password: 'licet' },
        replication: { username: 'replicator', password: 'replicator' },
      },
    },
  }
}

function postmasterOf(data: string): number | undefined {
  try {
    return Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
  } catch {
    return undefined
  }
}

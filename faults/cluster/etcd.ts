/**
 * etcd, in which the machines agree on who is primary: one on each of them, and of three any two can agree. One of them
 * leads; where that one is lost, the other two first have to choose another.
 */
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { endServer, startServer } from '../../bench/processes.ts'
import { freePort } from '../../testing/free-port.ts'
import { until } from './until.ts'

/** The etcd of one machine. */
export interface Etcd {
  /** The name of the machine. */
  readonly name: string
  /** Where Patroni asks it: address and port. */
  readonly address: string
  /** Makes it the one that leads. */
  lead(): Promise<void>
  /** Kills it as `kill -9` does. */
  kill(): Promise<void>
  /** Starts it again on what it kept, where it was killed; it is back when it agrees with the others. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** Starts one for each name, and awaits that they agree. */
export async function startEtcd(directory: string, names: readonly string[]): Promise<readonly Etcd[]> {
  const places = await Promise.all(
    names.map(async (name) => ({ name, address: await freeAddress(), peers: await freeAddress() })),
  )
  const all = places.map(({ name, peers }) => `${name}=http://${peers}`).join(',')
  return Promise.all(
    places.map(async ({ name, address, peers }): Promise<Etcd> => {
      const launch = (): Promise<ChildProcess> =>
        startServer({
          command: 'etcd',
          parameters: [
            ...[`--name=${name}`, `--data-dir=${join(directory, `etcd-${name}`)}`, `--initial-cluster=${all}`],
            ...[`--listen-client-urls=http://${address}`, `--advertise-client-urls=http://${address}`],
            ...[`--listen-peer-urls=http://${peers}`, `--initial-advertise-peer-urls=http://${peers}`],
          ],
          output: join(directory, `etcd-${name}.log`),
          ready: 'ready to serve client requests',
        })
      let etcd = await launch()
      return {
        name,
        address,
        lead: () => until(() => leads(address, places), `etcd ${name} leads`),
        kill: () => endServer(etcd, 'SIGKILL'),
        async restart() {
          if (etcd.exitCode !== null || etcd.signalCode !== null) etcd = await launch()
        },
        close: () => endServer(etcd),
      }
    }),
  )
}

/** Whether it leads; where another does, that one is asked to hand over. */
async function leads(address: string, all: readonly { readonly address: string }[]): Promise<boolean> {
  const own = await statusOf(address)
  if (own.leader === own.member) return true
  for (const one of all) {
    const { leader, member } = await statusOf(one.address)
    if (leader === member) await ask(one.address, 'transfer-leadership', { targetID: own.member })
  }
  return false
}

/** Which member it is, and which it takes for the one that leads. */
async function statusOf(address: string): Promise<{ readonly member: string; readonly leader: string }> {
  const status = (await ask(address, 'status')) as { readonly leader: string; readonly header: { member_id: string } }
  return { member: status.header.member_id, leader: status.leader }
}

async function ask(address: string, what: string, body: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const answer = await fetch(`http://${address}/v3/maintenance/${what}`, {
    method: 'POST',
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(5000),
  })
  return answer.json()
}

async function freeAddress(): Promise<string> {
  return `127.0.0.1:${await freePort()}`
}

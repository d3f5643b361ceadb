/** Every scenario there is, in the order in which they are run. A new one is its file and a line here. */
import type { Scenario } from './scenario.ts'
import { clockJumps } from './scenarios/clock-jumps.ts'
import { cluster } from './scenarios/cluster.ts'
import { contention } from './scenarios/contention.ts'
import { fewConnections, pooledConnections } from './scenarios/few-connections.ts'
import { fullDisk, fullLogDisk, fullPostgresDisk } from './scenarios/full-disk.ts'
import { halfAlive } from './scenarios/half-alive.ts'
import { heldAnswer, heldCommit } from './scenarios/held-answer.ts'
import { idleConnections } from './scenarios/idle-connections.ts'
import { killNode } from './scenarios/kill-node.ts'
import { killOneFile } from './scenarios/kill-one-file.ts'
import { killPostgres } from './scenarios/kill-postgres.ts'
import { overload } from './scenarios/overload.ts'
import { passwordStorm } from './scenarios/password-storm.ts'
import { postgresLate, postgresUnsafe } from './scenarios/postgres-late.ts'
import { deadConnections, slowPostgres } from './scenarios/slow-postgres.ts'
import { rotateKeys } from './scenarios/rotate-keys.ts'
import { killOneOfTwo, rollingRestart } from './scenarios/two-nodes.ts'

/** The table. */
export const scenarios: readonly Scenario[] = [
  killNode,
  heldAnswer,
  heldCommit,
  killPostgres,
  postgresUnsafe,
  postgresLate,
  slowPostgres,
  deadConnections,
  fewConnections,
  pooledConnections,
  fullDisk,
  fullPostgresDisk,
  fullLogDisk,
  clockJumps,
  rollingRestart,
  killOneOfTwo,
  rotateKeys,
  idleConnections,
  overload,
  passwordStorm,
  halfAlive,
  killOneFile,
  contention,
  cluster,
]

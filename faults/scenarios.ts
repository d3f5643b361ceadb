/** Every scenario there is, in the order in which they are run. A new one is its file and a line here. */
import type { Scenario } from './scenario.ts'
import { cluster } from './scenarios/cluster.ts'
import { killNode } from './scenarios/kill-node.ts'
import { overload } from './scenarios/overload.ts'
import { killOneFile } from './scenarios/kill-one-file.ts'

/** The table. */
export const scenarios: readonly Scenario[] = [killNode, overload, killOneFile, cluster]

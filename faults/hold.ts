/** What every load must hold: nothing lost, nothing done twice, nothing half, no answer without excuse. */
import assert from 'node:assert/strict'
import { check, type Verdict } from './checker.ts'
import { checkDatabase } from './database-check.ts'
import type { Operation } from './history.ts'
import type { FaultNode } from './node.ts'
import type { Scene } from './scene.ts'

/** What a history is held against. */
export interface Held {
  readonly scene: Scene
  /** A node that is ready. */
  readonly node: Pick<FaultNode, 'issuer' | 'send'>
  /** The URL of its database; left out where nobody else can open it. */
  readonly database?: string
}

/** Fails, naming them, where operations were told to come back, or got no answer. */
export function assertAllAnswered(history: readonly Operation[]): void {
  const failed = history.filter(({ outcome }) => outcome === 'unknown' || outcome === 'away')
  assert.deepEqual([...new Set(failed.map(({ kind, status, said }) => `${kind}: ${status} ${said ?? ''}`))], [])
}

/**
 * Checks a history and answers the verdict.
 *
 * @throws {AssertionError} with what was lost, doubled, half or wrong
 */
export async function hold(history: readonly Operation[], { scene, node, database }: Held): Promise<Verdict> {
  const verdict = await check(history, node, scene)
  const halves = database === undefined ? [] : await checkDatabase(database)
  const { lost, doubled, failed } = verdict
  assert.deepEqual({ lost, doubled, failed, halves }, { lost: [], doubled: [], failed: [], halves: [] })
  assert.ok(verdict.acknowledged > 0, 'nothing was acknowledged')
  return verdict
}

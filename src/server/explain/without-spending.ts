import type { ExplainParts } from './explanation.ts'

/**
 * Gives parts by which a check spends nothing: what may be used once stays unused. So an explanation says of an assertion
 * that was used already that it would pass.
 */
export function withoutSpending(parts: ExplainParts): ExplainParts {
  return { ...parts, usedOnce: { spend: () => Promise.resolve('first') } }
}

import type { OutboundAnswer } from '../../domain/outbound.ts'
import type { Seconds } from '../../kernel/time.ts'

/** Whatever its server says, a document is not asked for again within this, nor believed for longer than that. */
const bounds = { least: 60, most: 86_400 } as const
/** Where its server says nothing. */
const usual: Seconds = 300

/** Tells how long a document may be used without asking again: RFC 9111 §5.2, within our bounds. */
export function freshFor({ headers }: Pick<OutboundAnswer, 'headers'>): Seconds {
  const directives = (headers['cache-control'] ?? '').toLowerCase().split(',')
  const words = directives.map((directive) => directive.trim())
  if (words.some((word) => word === 'no-store' || word === 'no-cache')) return bounds.least
  const written = words.map((word) => /^max-age=(\d{1,9})$/.exec(word)?.[1]).find((age) => age !== undefined)
  if (written === undefined) return usual
  const age = /^\d{1,9}$/.test(headers['age'] ?? '') ? Number(headers['age']) : 0
  return Math.min(Math.max(Number(written) - age, bounds.least), bounds.most)
}

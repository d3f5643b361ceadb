import type { Seconds } from './time.ts'

const units: Readonly<Record<string, Seconds>> = { s: 1, m: 60, h: 3600, d: 86_400 }
const spelling = /^(0|[1-9][0-9]{0,8})([smhd])$/

/** Reads a length of time as people write it: `60s`, `5m`, `8h`, `30d`; undefined for any other text. */
export function readDuration(text: string): Seconds | undefined {
  const found = spelling.exec(text)
  const unit = units[found?.[2] ?? '']
  return unit === undefined ? undefined : Number(found?.[1]) * unit
}

/** Spells a length of time in the largest unit that holds it exactly: 3600 is `1h`, 3601 is `3601s`. */
export function spellDuration(seconds: Seconds): string {
  if (seconds === 0) return '0s'
  const unit = ['d', 'h', 'm'].find((name) => seconds % (units[name] ?? 1) === 0) ?? 's'
  return `${seconds / (units[unit] ?? 1)}${unit}`
}

import type { Words } from '../../ui/words/en.ts'
import { deviceOf } from './device.ts'

/** Names the device of a sign-in to its person: `Firefox · Linux`. */
export function deviceName(user_agent: string, { security: words }: Pick<Words, 'security'>): string {
  const { browser, system } = deviceOf(user_agent)
  if (browser === undefined && system === undefined) return words.unknown_device
  return [browser ?? words.unknown_browser, ...(system === undefined ? [] : [system])].join(' · ')
}

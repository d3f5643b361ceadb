import type { Words } from '../../ui/words/en.ts'

/** Looked for in this order: most browsers claim to be several, and the rarer name is the truer one. */
const browsers = [
  ['Edge', /\bEdg(?:A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Headless)?(?:Chrome|CriOS)\//],
  ['Safari', /\bVersion\/[0-9.]+ (?:Mobile\/\w+ )?Safari\//],
] as const

const systems = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
] as const

/**
 * Names the device of a sign-in, so that its person can tell their own apart: `Firefox · Linux`. It is read from the
 * `User-Agent` header field (RFC 9110 §10.1.5), which may lie; nothing of what that says is repeated.
 */
export function deviceName(user_agent: string, { security: words }: Pick<Words, 'security'>): string {
  const [browser] = browsers.find(([, spelling]) => spelling.test(user_agent)) ?? []
  const [system] = systems.find(([, spelling]) => spelling.test(user_agent)) ?? []
  if (browser === undefined && system === undefined) return words.unknown_device
  return [browser ?? words.unknown_browser, ...(system === undefined ? [] : [system])].join(' · ')
}

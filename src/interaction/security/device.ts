/** Names of browsers and systems, as far as a person needs them to tell their own devices apart. */

/** What a browser says of itself, in words that everybody writes alike; nothing of what it said is repeated. */
export interface Device {
  /** undefined: none that is known. */
  readonly browser?: string
  /** undefined: none that is known. */
  readonly system?: string
}

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

/** Reads browser and system from the `User-Agent` header field of a sign-in, RFC 9110 §10.1.5; it may be a lie. */
export function deviceOf(user_agent: string): Device {
  const [browser] = browsers.find(([, spelling]) => spelling.test(user_agent)) ?? []
  const [system] = systems.find(([, spelling]) => spelling.test(user_agent)) ?? []
  return { ...(browser !== undefined && { browser }), ...(system !== undefined && { system }) }
}

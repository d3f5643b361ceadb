/** Adds parameters to a URI as it was registered: rebuilding it would change bytes that its owner compares. */
export function withQuery(uri: string, parameters: Readonly<Record<string, string>>): string {
  return `${uri}${uri.includes('?') ? '&' : '?'}${new URLSearchParams(parameters).toString()}`
}

/** Tells whether a value is a mapping of names to values, as a JSON object and a YAML mapping are; a list is not one. */
export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

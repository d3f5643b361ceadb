/** What the environment says in a configuration: the variables that its values name. */
import { isMapping } from '../kernel/mapping.ts'
import type { Reading } from '../kernel/setting.ts'

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>

const variable = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** Fills in `${NAME}` from the environment, in values only; `$${NAME}` stands for the text `${NAME}`. */
export function filledIn(raw: unknown, at: Reading, environment: Environment): unknown {
  if (typeof raw === 'string') {
    return raw.replaceAll(variable, (_, escape: string, name: string) => {
      if (escape !== '') return `\${${name}}`
      const value = environment[name]
      if (value === undefined) at.mistake(`names the environment variable ${name}, which is not set`)
      return value ?? ''
    })
  }
  if (Array.isArray(raw)) return raw.map((one: unknown, index) => filledIn(one, at.item(index), environment))
  if (!isMapping(raw)) return raw
  return Object.fromEntries(
    Object.entries(raw).map(([name, value]) => [name, filledIn(value, at.member(name), environment)]),
  )
}

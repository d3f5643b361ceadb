/** The plain kinds of setting. A text from the environment is as good as a number or a truth value written in YAML. */
import { readDuration, spellDuration } from './duration.ts'
import { Hidden } from './hidden.ts'
import { isMapping } from './mapping.ts'
import { isNetwork, networks, type Networks } from './network.ts'
import { readTable, type Kind, type Reading, type SettingTable, type SettingValues } from './setting.ts'
import type { Seconds } from './time.ts'

/** A text that is not empty. */
export const text: Kind<string> = { name: 'text', read: textAt }

/** A text from a list of words. */
export function word<const Word extends string>(...words: readonly Word[]): Kind<Word> {
  return {
    name: words.map((one) => `\`${one}\``).join(' or '),
    read(raw, at) {
      const found = words.find((one) => one === raw)
      return found ?? at.mistake(`must be ${words.join(' or ')}, not ${shown(raw)}`)
    },
  }
}

/** True or false. */
export const truth: Kind<boolean> = {
  name: '`true` or `false`',
  read(raw, at) {
    if (raw === true || raw === 'true') return true
    if (raw === false || raw === 'false') return false
    return at.mistake(`must be true or false, not ${shown(raw)}`)
  },
}

/** A whole number between two bounds, both included. */
export function integer(least: number, most: number): Kind<number> {
  return {
    name: `number from ${least} to ${most}`,
    read(raw, at) {
      const number = typeof raw === 'string' && /^[0-9]{1,15}$/.test(raw) ? Number(raw) : raw
      const fits = typeof number === 'number' && Number.isInteger(number) && number >= least && number <= most
      return fits ? number : at.mistake(`must be a whole number from ${least} to ${most}, not ${shown(raw)}`)
    },
  }
}

/** A length of time such as `60s`, `5m`, `8h`, `30d`, between two bounds, both included. */
export function duration(least: string, most: string): Kind<Seconds> {
  const [from = 0, to = 0] = [readDuration(least), readDuration(most)]
  return {
    name: `duration from ${least} to ${most}`,
    read(raw, at) {
      const seconds = typeof raw === 'string' ? readDuration(raw) : undefined
      if (seconds === undefined) return at.mistake(`must be a duration such as 60s, 5m, 8h or 30d, not ${shown(raw)}`)
      if (seconds < from) return at.mistake(`must be at least ${least}, not ${spellDuration(seconds)}`)
      if (seconds > to) return at.mistake(`must be at most ${most}, not ${spellDuration(seconds)}`)
      return seconds
    },
  }
}

/**
 * A secret text, written as it is or as `file:/path` of the file that holds it; one newline at its end is dropped, as is the
 * mark that some editors put before a text. What has several lines is no secret that anybody could send.
 */
export const secret: Kind<Hidden> = {
  name: 'secret, or `file:` and the path of a file that holds it',
  read(raw, at) {
    // What was written is not shown, whatever else is wrong with it.
    if (typeof raw !== 'string' || raw === '') return at.mistake('must be a text that is not empty; put it in quotes')
    if (!raw.startsWith('file:')) return new Hidden(raw)
    const path = at.files.path(raw.slice('file:'.length))
    const held = textOf(path, at)
    if (held === undefined) return undefined
    if (held === '') return at.mistake(`the file ${path} is empty`)
    return /[\r\n]/.test(held) ? at.mistake(`the file ${path} holds more than one line`) : new Hidden(held)
  },
}

/** The path of a file; a relative one starts at the directory of the configuration file. */
export const path: Kind<string> = {
  name: 'path of a file',
  read(raw, at) {
    const written = textAt(raw, at)
    return written === undefined ? undefined : at.files.path(written)
  },
}

/** A set of networks in CIDR form. */
export const networkList: Kind<Networks> = {
  name: 'list of networks',
  read(raw, at) {
    const written = list(network).read(raw, at)
    return written === undefined ? undefined : networks(written)
  },
}

const network: Kind<string> = {
  name: 'network',
  read(raw, at) {
    const written = textAt(raw, at)
    if (written === undefined || isNetwork(written)) return written
    return at.mistake(`must be an address or a network such as 10.0.0.0/8 or 2001:db8::/32, not ${shown(raw)}`)
  },
}

/** A list of values of one kind. */
export function list<Value>(kind: Kind<Value>): Kind<readonly Value[]> {
  return {
    name: `list of ${kind.name}`,
    ...(kind.members && { members: kind.members }),
    read(raw, at) {
      if (!Array.isArray(raw)) return at.mistake(`must be a list, not ${shown(raw)}`)
      return raw.flatMap((one: unknown, index) => {
        const value = kind.read(one, at.item(index))
        return value === undefined ? [] : [value]
      })
    },
  }
}

/** A record whose keys a table names. */
export function record<Table extends SettingTable>(name: string, table: Table): Kind<SettingValues<Table>> {
  return {
    name,
    members: table,
    read: (raw, at) =>
      isMapping(raw) ? readTable(table, raw, at) : at.mistake(`must be a mapping, not ${shown(raw)}`),
  }
}

/** A mapping from names of one kind to values of another. */
export function mapping<Value>(key: Kind<string>, value: Kind<Value>): Kind<Readonly<Record<string, Value>>> {
  return {
    name: `mapping of ${key.name} to ${value.name}`,
    ...(value.members && { members: value.members }),
    read(raw, at) {
      if (!isMapping(raw)) return at.mistake(`must be a mapping, not ${shown(raw)}`)
      const entries = Object.entries(raw).flatMap(([name, one]) => {
        const read = [key.read(name, at.member(name)), value.read(one, at.member(name))] as const
        return read[0] === undefined || read[1] === undefined ? [] : [[read[0], read[1]] as const]
      })
      return Object.fromEntries(entries)
    },
  }
}

/** A text of a certain form: the test for it, and what to demand of a text that fails. */
export function formed(name: string, isFormed: (written: string) => boolean, demand: string): Kind<string> {
  return {
    name,
    read(raw, at) {
      const written = textAt(raw, at)
      if (written === undefined || isFormed(written)) return written
      return at.mistake(`must be ${demand}, not ${shown(raw)}`)
    },
  }
}

/** Reads a text that is not empty; a caller that needs more than that checks the rest. */
export function textAt(raw: unknown, at: Reading): string | undefined {
  if (typeof raw !== 'string') return at.mistake(`must be text, not ${shown(raw)}${quoting(raw)}`)
  if (raw === '') return at.mistake('must not be empty')
  return raw
}

/** Reads the text of a file without its byte order mark and one newline at its end; undefined, with the mistake noted, where that fails. */
function textOf(file: string, at: Reading): string | undefined {
  try {
    const held = at.files.text(file)
    return held?.replace(/^\uFEFF|\r?\n$/g, '') ?? at.mistake(`names the file ${file}, which is not there`)
  } catch (error) {
    return at.mistake(
      `names the file ${file}, which cannot be read (${error instanceof Error ? error.message : 'unknown'})`,
    )
  }
}

/** Shows a wrong value, shortened. Readers of secrets do not call it. */
export function shown(raw: unknown): string {
  if (Array.isArray(raw)) return 'a list'
  if (isMapping(raw)) return 'a mapping'
  const spelled = typeof raw === 'string' ? JSON.stringify(raw) : String(raw)
  return spelled.length > 80 ? `${spelled.slice(0, 77)}…` : spelled
}

function quoting(raw: unknown): string {
  return typeof raw === 'number' || typeof raw === 'boolean' ? '; put it in quotes' : ''
}

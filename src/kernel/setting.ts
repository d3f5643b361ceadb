/**
 * Settings: values that an operator writes and a table declares. A row of the table says what kind a value is of, what
 * it is when nobody writes it, and in words what it does; its type, its check, its default and its line in the manual
 * all come from that row. Reading never stops at a mistake: it collects them all.
 */
import { isMapping } from './mapping.ts'
import { nearest } from './nearest.ts'

/** Something in what was written that is wrong, or worth a remark. */
export interface Finding {
  /** Where: `lifetimes.access_token`, `clients[0].redirect_uris`; empty for the file itself. */
  readonly key: string
  /** What, and what to write in its place. */
  readonly words: string
}

/** How a reader reaches files that a value names. */
export interface SettingFiles {
  /** Makes a written path absolute: relative ones start at the directory of the configuration file. */
  path(written: string): string
  /** The text of a file, or undefined when there is none; throws when it is there and cannot be read. */
  text(path: string): string | undefined
  /** The bytes of a file, of which `most` are read; undefined when there is none; throws as `text` does. */
  bytes(path: string, most: number): Uint8Array | 'too_large' | undefined
}

/** The place in what was written that is being read, and where its mistakes go. */
export class Reading {
  readonly key: string
  readonly files: SettingFiles
  readonly #findings: Finding[]

  constructor(files: SettingFiles, findings: Finding[] = [], key = '') {
    this.files = files
    this.#findings = findings
    this.key = key
  }

  /** Everything found wrong so far, here and everywhere else. */
  get findings(): readonly Finding[] {
    return this.#findings
  }

  /** Notes a mistake in this value. Returns undefined, which a reader returns instead of the value. */
  mistake(words: string): undefined {
    this.#findings.push({ key: this.key, words })
  }

  /** The place of a member of this value. */
  member(name: string): Reading {
    return new Reading(this.files, this.#findings, this.key === '' ? name : `${this.key}.${name}`)
  }

  /** The place of an item of this list, counted from 0. */
  item(index: number): Reading {
    return new Reading(this.files, this.#findings, `${this.key}[${index}]`)
  }
}

/** A kind of value: what the manual calls it, and how it is read. */
export interface Kind<Value> {
  readonly name: string
  /** For records: what stands in them. */
  readonly members?: SettingTable
  /** Reads a value as YAML or JSON gave it; undefined after a mistake, which it has noted. */
  read(raw: unknown, at: Reading): Value | undefined
}

/** One row of a table of settings. */
export interface Setting<Value> {
  readonly kind: Kind<unknown>
  /** One sentence for the manual, its unit in it. */
  readonly words: string
  /** What it is when nobody writes it, spelled as one would write it; undefined = nothing. */
  readonly default: unknown
  readonly required: boolean
  /** Reads what was written, undefined when nothing was. Answers undefined after a mistake too. */
  read(raw: unknown, at: Reading): Value | undefined
}

/** Settings by the name of their key. */
export type SettingTable = Readonly<Record<string, Setting<unknown>>>

/** What a row's value is once it is read. */
export type SettingValue<Row> = Row extends Setting<infer Value> ? Value : never

type Optional<Table extends SettingTable> = {
  [Key in keyof Table]: undefined extends SettingValue<Table[Key]> ? Key : never
}[keyof Table]

/** What a table's values are once they are read; what may be absent is left out when nobody wrote it. */
export type SettingValues<Table extends SettingTable> = {
  readonly [Key in Exclude<keyof Table, Optional<Table>>]: SettingValue<Table[Key]>
} & {
  readonly [Key in Optional<Table>]?: Exclude<SettingValue<Table[Key]>, undefined>
}

/** Declares a setting that must be written. */
export function required<Value>(kind: Kind<Value>, words: string): Setting<Value> {
  const read = (raw: unknown, at: Reading): Value | undefined =>
    raw === undefined || raw === null ? at.mistake('is missing') : kind.read(raw, at)
  return { kind, words, default: undefined, required: true, read }
}

/** Declares a setting that may be left out and has no value then. */
export function optional<Value>(kind: Kind<Value>, words: string): Setting<Value | undefined> {
  const read = (raw: unknown, at: Reading): Value | undefined =>
    raw === undefined || raw === null ? undefined : kind.read(raw, at)
  return { kind, words, default: undefined, required: false, read }
}

/** Declares a setting with a default, spelled as one would write it. */
export function setting<Value>(kind: Kind<Value>, spelled: unknown, words: string): Setting<Value> {
  const read = (raw: unknown, at: Reading): Value | undefined => kind.read(raw ?? spelled, at)
  return { kind, words, default: spelled, required: false, read }
}

/**
 * Reads a mapping by a table: every row's value, and a mistake for each key that is in no row.
 *
 * @returns what could be read; after a mistake some values are missing, whatever the type says
 */
export function readTable<Table extends SettingTable>(table: Table, raw: unknown, at: Reading): SettingValues<Table> {
  const written = isMapping(raw) ? raw : {}
  if (!isMapping(raw)) at.mistake('must be a mapping of keys to values')
  for (const key of Object.keys(written)) {
    if (!Object.hasOwn(table, key)) at.member(key).mistake(unknownKey(key, Object.keys(table)))
  }
  const values = Object.entries(table).flatMap(([key, row]) => {
    const value = row.read(Object.hasOwn(written, key) ? written[key] : undefined, at.member(key))
    return value === undefined ? [] : [[key, value] as const]
  })
  return Object.fromEntries(values) as SettingValues<Table>
}

/** Says that a key is unknown, and which known one was perhaps meant; all of them where none is near. */
export function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known)
  return `is not a setting; ${meant === undefined ? `there are: ${known.join(', ')}` : `did you mean ${meant}?`}`
}

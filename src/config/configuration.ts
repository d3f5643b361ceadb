/**
 * Reading a configuration: the file, the environment over it, the table of settings around both. All mistakes are
 * reported at once, each with its key and its line; only a configuration without any is one to start with.
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, resolve } from 'node:path'
import { isMapping } from '../kernel/mapping.ts'
import { Reading, readTable, unknownKey, type Finding, type SettingFiles } from '../kernel/setting.ts'
import { readUnambiguousJson } from '../kernel/unambiguous-json.ts'
import { contradictions } from './contradictions.ts'
import { filledIn, type Environment } from './environment.ts'
import { environmentOverrides, settings, type Configuration } from './settings.ts'

/** What became of reading a configuration. */
export interface ReadConfiguration {
  /** Every value that could be read: whole when there are no findings. */
  readonly values: Partial<Configuration>
  readonly findings: readonly Finding[]
  /** The line of the file on which a key's value stands, where it stands in one. */
  readonly lineOf: (key: string) => number | undefined
}

const nowhere = (): undefined => undefined

/** Reads a configuration file, YAML or JSON, under an environment. */
export async function readConfigurationFile(file: string, environment: Environment): Promise<ReadConfiguration> {
  const { text, words = '' } = textOf(file)
  if (text === undefined) return { values: {}, findings: [{ key: '', words }], lineOf: nowhere }
  const { parseWritten } = await import('./written.ts')
  const written = parseWritten(text)
  if (written.mistakes.length > 0) {
    return { values: {}, findings: written.mistakes.map((words) => ({ key: '', words })), lineOf: nowhere }
  }
  const read = readConfiguration(written.raw, dirname(resolve(file)), environment)
  // What the environment says stands on no line.
  return { ...read, lineOf: (key) => (Object.hasOwn(overrides(environment), key) ? undefined : written.lineOf(key)) }
}

/**
 * Reads a configuration file that is JSON, without knowing lines: loading the parser of YAML takes a tenth of a start.
 * Undefined for any other file, and for one that says a thing twice.
 */
export function readJsonConfigurationFile(file: string, environment: Environment): ReadConfiguration | undefined {
  const raw = readUnambiguousJson(textOf(file).text ?? '')
  return raw === undefined ? undefined : readConfiguration(raw, dirname(resolve(file)), environment)
}

/** The text of a file, or why there is none. */
function textOf(file: string): { readonly text?: string; readonly words?: string } {
  try {
    return { text: readFileSync(file, 'utf8') }
  } catch (error) {
    return { words: isMissing(error) ? `there is no file ${file}` : `cannot be read: ${String(error)}` }
  }
}

/**
 * Reads a configuration from plain values.
 *
 * @param directory what relative paths start at
 */
export function readConfiguration(raw: unknown, directory: string, environment: Environment): ReadConfiguration {
  const at = new Reading(filesFrom(directory))
  const filled = filledIn(raw ?? {}, at, environment)
  const unfilled = new Set(at.findings.map(({ key }) => key))
  if (!isMapping(filled)) at.mistake('must be a mapping of keys to values')
  const values = readTable(settings, { ...flattened(filled, at), ...overrides(environment) }, at)
  for (const { key, words } of contradictions(values, at.findings)) at.member(key).mistake(words)
  // What is also wrong with a value whose variable is not set follows from that.
  const findings = at.findings.filter(({ key }, index) => index < unfilled.size || !unfilled.has(key))
  return { values, findings: findings.map((finding) => named(finding, environment)), lineOf: nowhere }
}

/** Says where a value comes from that is not in the file. */
function named({ key, words }: Finding, environment: Environment): Finding {
  const override = Object.entries(environmentOverrides).find(([overridden]) => overridden === key)?.[1]
  const isSet = override !== undefined && Object.hasOwn(overrides(environment), key)
  return { key, words: isSet ? `from ${override} ${words}` : words }
}

const sections = new Set(Object.keys(settings).flatMap((key) => (key.includes('.') ? [key.split('.')[0] ?? ''] : [])))
const topKeys = [...Object.keys(settings).filter((key) => !key.includes('.')), ...sections]

/** Turns sections into keys with a dot, as the table has them. */
function flattened(raw: unknown, at: Reading): Readonly<Record<string, unknown>> {
  const entries = Object.entries(isMapping(raw) ? raw : {}).flatMap(([key, value]) => {
    if (sections.has(key)) return membersOf(key, value, at)
    if (topKeys.includes(key)) return [[key, value] as const]
    at.member(key).mistake(unknownKeyAnywhere(key))
    return []
  })
  return Object.fromEntries(entries)
}

function membersOf(section: string, raw: unknown, at: Reading): readonly (readonly [string, unknown])[] {
  if (raw === null) return []
  if (!isMapping(raw)) {
    at.member(section).mistake('must be a mapping of keys to values')
    return []
  }
  const known = Object.keys(settings).flatMap((key) =>
    key.startsWith(`${section}.`) ? [key.slice(section.length + 1)] : [],
  )
  return Object.entries(raw).flatMap(([key, value]) => {
    if (known.includes(key)) return [[`${section}.${key}`, value] as const]
    at.member(section).member(key).mistake(unknownKey(key, known))
    return []
  })
}

/** Somebody who writes `access_token` or `lifetimes.access_token` at the top means the one in its section. */
function unknownKeyAnywhere(key: string): string {
  const [section, member] = key.split('.')
  if (Object.hasOwn(settings, key)) return `is written in its section: ${section}: { ${member}: … }`
  const inSection = Object.keys(settings).find((known) => known.endsWith(`.${key}`))
  return inSection === undefined ? unknownKey(key, topKeys) : `is not a setting; did you mean ${inSection}?`
}

function overrides(environment: Environment): Readonly<Record<string, string>> {
  const set = Object.entries(environmentOverrides).flatMap(([key, name]) => {
    const value = environment[name]
    return value === undefined || value === '' ? [] : [[key, value] as const]
  })
  return Object.fromEntries(set)
}

function filesFrom(directory: string): SettingFiles {
  return {
    path: (written) => (isAbsolute(written) ? written : resolve(directory, written)),
    text(path) {
      try {
        return readFileSync(path, 'utf8')
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    bytes(path, most) {
      try {
        return statSync(path).size > most ? 'too_large' : readFileSync(path)
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** `licet check`: reads the configuration, says what is wrong with it, and how it stands against RFC 9700 and OAuth 2.1. */
import { upstreamsAsTheyAre } from '../server/managed.ts'
import { grade } from '../server/grade.ts'
import { findTlsMistakes } from '../server/own-certificate.ts'
import { systemClock } from '../kernel/time.ts'
import { say, type OutputOptions } from './console.ts'
import { configurationOf, type ConfigurationOptions } from './opened.ts'

/** What is asked for besides the file. */
export interface CheckOptions extends ConfigurationOptions, OutputOptions {
  /** True: identity providers are asked to describe themselves. */
  readonly online?: boolean
}

/** Checks a configuration. The exit code: 0 good, 1 findings; a file with mistakes ends with 2 before that. */
export async function check(options: CheckOptions): Promise<0 | 1> {
  const configuration = await configurationOf(options, findTlsMistakes)
  const grades = [
    ...grade(configuration, systemClock()),
    ...(options.online === true ? await upstreamsAsTheyAre(configuration) : []),
  ]
  const findings = grades.filter(({ level }) => level === 'finding')
  if (options.json === true) say(JSON.stringify({ findings, notes: grades.filter(({ level }) => level === 'note') }))
  else {
    for (const { level, key, words, spec } of grades) say(`${level}: ${key} ${words} (${spec})`)
    say(findings.length === 0 ? `${options.config} is good` : `${options.config}: ${findings.length} to look at`)
  }
  return findings.length === 0 ? 0 : 1
}

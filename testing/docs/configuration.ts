import { environmentOverrides, settings } from '../../src/config/settings.ts'
import { readOnce } from '../../src/server/restart.ts'
import type { Setting, SettingTable } from '../../src/kernel/setting.ts'
import { printedFrom, table } from './table.ts'

/** Prints every setting there is: `docs/configuration.md`. */
export function printConfiguration(): string {
  const lists = Object.entries(settings).filter(([, { kind }]) => kind.members !== undefined)
  return [
    '# Configuration',
    printedFrom('the table in `src/config/settings.ts`'),
    introduction,
    `There are ${Object.keys(settings).length} settings.`,
    rows(settings, environmentOverrides),
    ...lists.flatMap(([key, { kind, words }]) => [
      `## Each of \`${key}\``,
      words,
      ...membersOf(key, kind.members ?? {}),
    ]),
  ].join('\n\n')
}

const introduction = `One file, YAML or JSON, named by \`--config\` (\`licet.yaml\` where nothing is said). A key with a dot is written in its
section: \`lifetimes: { access_token: 5m }\`. An unknown key stops the start and names the nearest known one.

- \`\${NAME}\` in a value is the environment variable of that name; \`$\${NAME}\` is the text itself.
- \`file:/path\` on a secret is the content of that file. Relative paths start at the directory of the configuration file.
- Durations are whole numbers with a unit: \`60s\`, \`5m\`, \`8h\`, \`30d\`.
- \`licet check\` reads the file and says everything that is wrong with it, at once.
- SIGHUP reads it again. These take a restart, as does \`tls\` where there was none or is none any more:
  ${readOnce.map((key) => `\`${key}\``).join(', ')}.`

function membersOf(key: string, members: SettingTable): readonly string[] {
  const inner = Object.entries(members).filter(([, { kind }]) => kind.members !== undefined)
  return [
    rows(members, {}),
    ...(key === 'clients'
      ? [
          'All other names are client metadata, as RFC 7591 and its registry spell them, and ours: `required_acr`, `urn:licet:acr:mfa` or `phr`, is how whoever signs in to it does so at least.',
        ]
      : []),
    ...inner.flatMap(([name, { kind }]) => [`In each of its \`${name}\`:`, ...membersOf(name, kind.members ?? {})]),
  ]
}

function rows(members: SettingTable, overrides: Readonly<Record<string, string>>): string {
  return table(
    ['key', 'kind', 'default', 'what it does'],
    Object.entries(members).map(([key, row]) => {
      const override = overrides[key]
      const words = override === undefined ? row.words : `${row.words} \`${override}\` overrides it.`
      return [`\`${key}\``, row.kind.name, defaultOf(row), words]
    }),
  )
}

function defaultOf(row: Setting<unknown>): string {
  if (row.required) return '(required)'
  if (row.default === undefined) return ''
  return `\`${typeof row.default === 'string' ? row.default : JSON.stringify(row.default)}\``
}

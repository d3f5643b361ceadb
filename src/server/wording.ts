/**
 * How what operators wrote for people reads: the texts of scope values and the purposes that clients give. A person
 * decides by these words alone, so jargon, a machine's name or a text too long to be read to its end is a finding.
 */
import type { Configuration } from '../config/settings.ts'
import { languages, type Language } from '../kernel/language.ts'
import type { Grade, Row } from './grade.ts'

type Found = Omit<Grade, 'level' | 'spec'>
type Scope = Configuration['resources'][number]['scopes'][string]

/** One text that a person reads. */
interface Text {
  readonly key: string
  readonly member: Member
  readonly text: string
  readonly language: Language
}

type Member = keyof typeof longest

/**
 * The most characters of each: at 320 pixels a line of the consent page has about thirty, so that a title takes two
 * lines, what it cannot do without two, a purpose four and a description five.
 */
const longest = { title: 60, without: 60, purposes: 120, description: 150 } as const

/** Words that say nothing to a person who has never written a program: those in any language, then those of each. */
const everywhere = [
  'OAuth',
  'OpenID',
  'API',
  'APIs',
  'JSON',
  'JWT',
  'HTTP',
  'URI',
  'userinfo',
  'backend',
  'token',
  'tokens',
  'scope',
  'scopes',
]
const jargon: Readonly<Record<Language, readonly string[]>> = {
  en: [
    'endpoint',
    'endpoints',
    'claim',
    'claims',
    'payload',
    'metadata',
    'webhook',
    'resource server',
    'API key',
    'CRUD',
  ],
  de: ['Endpunkt', 'Endpunkte', 'Schnittstelle', 'Metadaten', 'API-Schlüssel', 'Webhook'],
  fr: ['jeton', 'jetons', 'point de terminaison', 'métadonnées', 'clé API', 'webhook'],
  es: ['ámbito', 'ámbitos', 'punto de conexión', 'metadatos', 'clave API', 'webhook'],
  ja: ['トークン', 'スコープ', 'エンドポイント', 'メタデータ', 'バックエンド'],
  ar: ['نقطة النهاية', 'الرمز المميز', 'رمز مميز', 'بيانات وصفية'],
}

const spec = 'OpenID Connect Core §3.1.2.4'

/** The rules of the grade that are about words. */
export const wordingRules: readonly Row[] = [
  {
    level: 'finding',
    spec,
    rule: (configuration) =>
      eachScope(configuration, ({ title }, key, scope) =>
        /^[a-z]+([._:/][a-z]+)+$/.test(title) || title === scope
          ? [
              {
                key: `${key}.title`,
                words: `is a name for machines: tell a person what it allows, such as “See your postcards”`,
              },
            ]
          : [],
      ),
  },
  { level: 'finding', spec, rule: (configuration) => textsIn(configuration).flatMap(jargonIn) },
  { level: 'finding', spec, rule: (configuration) => textsIn(configuration).flatMap(excessOf) },
  {
    level: 'note',
    spec,
    rule: (configuration) =>
      eachScope(configuration, ({ description }, key) =>
        description === undefined
          ? [{ key, words: 'has no description: one more sentence helps those who hesitate' }]
          : [],
      ),
  },
  {
    level: 'note',
    spec,
    rule: (configuration) =>
      eachScope(configuration, ({ translations = {} }, key) => {
        const missing = languages.filter((tag) => tag !== configuration.language && translations[tag] === undefined)
        const words = `has no words in ${missing.join(', ')}: who reads these is shown those above`
        return missing.length === 0 ? [] : [{ key: `${key}.translations`, words }]
      }),
  },
]

function eachScope(
  { resources }: Configuration,
  judge: (scope: Scope, key: string, value: string) => readonly Found[],
): readonly Found[] {
  return resources.flatMap(({ scopes }, index) =>
    Object.entries(scopes).flatMap(([value, scope]) => judge(scope, `resources[${index}].scopes.${value}`, value)),
  )
}

function textsIn(configuration: Configuration): readonly Text[] {
  const { language } = configuration
  const ofScopes = configuration.resources.flatMap(({ scopes }, index) =>
    Object.entries(scopes).flatMap(([value, scope]) => {
      const key = `resources[${index}].scopes.${value}`
      const translated = languages.flatMap((tag) =>
        textsOf(scope.translations?.[tag] ?? {}, `${key}.translations.${tag}`, tag),
      )
      return [...textsOf(scope, key, language), ...translated]
    }),
  )
  const purposes = configuration.clients.flatMap(({ metadata }, index) =>
    Object.entries({ ...(metadata['purposes'] as object | undefined) }).flatMap(([scope, text]): readonly Text[] =>
      typeof text === 'string'
        ? [{ key: `clients[${index}].purposes.${scope}`, member: 'purposes', text, language }]
        : [],
    ),
  )
  return [...ofScopes, ...purposes]
}

function textsOf(
  texts: Readonly<Partial<Record<Exclude<Member, 'purposes'>, string | undefined>>>,
  key: string,
  language: Language,
): readonly Text[] {
  return (['title', 'description', 'without'] as const).flatMap((member) => {
    const text = texts[member]
    return text === undefined ? [] : [{ key: `${key}.${member}`, member, text, language }]
  })
}

function jargonIn({ key, text, language }: Text): readonly Found[] {
  const found = [...everywhere, ...jargon[language]].filter((word) => says(text, word, language))
  return found.map((word) => ({ key, words: `has “${word}”, which says nothing to most people` }))
}

function says(text: string, word: string, language: Language): boolean {
  // Japanese is written without spaces, and Arabic joins its article and prepositions to the word.
  if (language === 'ja' || language === 'ar') return text.toLowerCase().includes(word.toLowerCase())
  return ` ${text.toLowerCase().replaceAll(/[^\p{L}\p{N}-]+/gu, ' ')} `.includes(` ${word.toLowerCase()} `)
}

function excessOf({ key, member, text }: Text): readonly Found[] {
  const length = Array.from(text).length
  const most = longest[member]
  return length > most
    ? [{ key, words: `has ${length} characters: more than ${most} are not read on a small screen` }]
    : []
}

/** What is asked for in detail, to a person: the words of the resource's owner with the values of the request. */
import type { Json } from '../kernel/binding.ts'
import type { AuthorizationDetail, DetailsType } from '../domain/authorization-detail.ts'
import type { Permission, Term } from '../ui/permission.ts'
import type { Words } from '../ui/words/en.ts'

/**
 * Words a detail in the reader's language where its owner gave words in it; a detail whose type is gone meanwhile is
 * shown with its members as they are.
 *
 * @param types those that its resource declares
 */
export function detailWords(
  detail: AuthorizationDetail,
  types: Readonly<Record<string, DetailsType>>,
  words: Words,
): Permission {
  const declared = own(types, detail.type)
  const translated = declared?.translations?.[words.tag]
  const { title = detail.type, description, sensitive } = { ...declared, ...translated }
  const terms = Object.entries(detail).flatMap(([name, value]): readonly Term[] => {
    if (name === 'type' || name === 'locations') return []
    if (name === 'actions' && Array.isArray(value)) {
      const asked = value.map((action: Json) => {
        const named = spelled(action)
        return own(translated?.actions, named) ?? own(declared?.actions, named) ?? named
      })
      return [{ label: words.permission.actions, value: asked.join(', ') }]
    }
    const label = own(translated?.fields, name) ?? own(declared?.fields, name)?.title ?? name
    return [{ label, value: spelled(value) }]
  })
  return {
    scope: '',
    title,
    optional: false,
    ...(description !== undefined && { description }),
    ...(sensitive === true && { sensitive }),
    terms,
  }
}

/** Says a permission in one line: its title, and on which terms where it was asked for in detail. */
export function inOneLine({ title, terms = [] }: Permission): string {
  if (terms.length === 0) return title
  return `${title} (${terms.map(({ label, value }) => `${label}: ${value}`).join('; ')})`
}

/** An amount is shown digit for digit, since a rounded one would be another; what has no words, as JSON. */
function spelled(value: Json): string {
  if (typeof value === 'string') return value
  const { amount, currency } =
    typeof value === 'object' && value !== null ? (value as Readonly<Record<string, Json>>) : {}
  return typeof amount === 'string' && typeof currency === 'string' ? `${amount} ${currency}` : JSON.stringify(value)
}

function own<Value>(record: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}

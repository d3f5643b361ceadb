/** Metadata in several languages: RFC 7591 §2.2 and OpenID Connect Registration §2.1, `client_name#de`. */
import type { ClientMetadata } from '../vocabulary/client-metadata.ts'

/** The fields that people read, and that may therefore be there once for each language. */
const taggable = ['client_name', 'client_uri', 'logo_uri', 'tos_uri', 'policy_uri'] as const

/** A field that people read. */
export type TaggableField = (typeof taggable)[number]

/** A language tag, RFC 5646 §2.1, as far as its form goes. */
const languageTag = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,7}$/

/** Reads the name of a tagged field; undefined for any other name, and for what is not a language tag. */
export function readTaggedName(name: string): { readonly field: TaggableField; readonly tag: string } | undefined {
  const mark = name.indexOf('#')
  const field = taggable.find((one) => one === name.slice(0, mark))
  const tag = name.slice(mark + 1)
  return mark === -1 || field === undefined || !languageTag.test(tag) ? undefined : { field, tag }
}

/** Lists every name that a client has, in whatever language: each of them could be taken for somebody else’s. */
export function everyName(metadata: ClientMetadata): readonly string[] {
  const names = Object.entries(metadata).flatMap(([name, value]) =>
    (name === 'client_name' || readTaggedName(name)?.field === 'client_name') && typeof value === 'string'
      ? [value]
      : [],
  )
  return [...new Set(names)]
}

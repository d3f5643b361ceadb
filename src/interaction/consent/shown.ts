/** What the record of a decision keeps of the page: the texts as the person read them, and of particulars only the names. */
import type { Json } from '../../kernel/binding.ts'
import { registeredItself } from '../../domain/client.ts'
import { permissionKey, type Permission } from '../../domain/grant.ts'
import { presentationOf } from '../../protocol/authorize/next-step.ts'
import type { AccessFor, ProtocolParts } from '../../protocol/parts.ts'
import { destinationText } from '../../ui/destination.ts'
import type { PermissionGroup } from '../../ui/permission.ts'
import type { Words } from '../../ui/words/en.ts'
import { atLeast, permissionGroups } from '../permission-words.ts'
import { askerView } from '../who.ts'
import { isLasting, longestUnused, type Question } from './question.ts'

/** What the person chose. */
interface Chosen {
  readonly permissions: readonly Permission[]
  readonly access_for: AccessFor
}

/** Writes down what was shown and chosen. The end of what was allowed is added where the grant is made. */
export function shown(
  question: Question,
  words: Words,
  { settings }: Pick<ProtocolParts, 'settings'>,
  chosen?: Chosen,
): Readonly<Record<string, Json>> {
  const { request, account, asks, holds, held, resources } = question
  const { redirect_uri } = request.target
  const { destination, verified, client_name = null } = askerView(request, words.tag)
  const sources = { words, resources, claims: settings.claims, account, client: request.client }
  return {
    language: words.tag,
    // Whose page it was, where it has a name: that of the server, or of the client it is branded for.
    ...(!words.brand.is_ours && { asked_by: words.brand.name }),
    destination: destinationText(destination, words),
    client_name,
    client_name_verified: verified,
    ...(request.device === undefined && { redirect_uri }),
    // A change of it makes us ask again; where an operator registered the client, watching it is the operator's task.
    ...(registeredItself(request.client) && { presentation: presentationOf(request.client) }),
    asks: asks.map(permissionKey),
    asks_in_words: permissionGroups(atLeast(asks), sources).map(inWords),
    holds: holds.map(permissionKey),
    holds_in_words: permissionGroups(holds, sources).map(inWords),
    ...(held?.paused_at !== undefined && { holds_paused_since: held.paused_at }),
    lasting: isLasting(request),
    ends_when_unused_for: longestUnused({ settings }) ?? null,
    access_for_offered: settings.access_for.map(({ value }) => value),
    ...(chosen && { allowed: chosen.permissions.map(permissionKey), access_for: chosen.access_for.value }),
  }
}

function inWords({ name, resource, permissions }: PermissionGroup): Json {
  return {
    name,
    ...(resource !== undefined && { resource }),
    permissions: permissions.map(
      ({ scope, title, description, optional, without, sensitive, purpose, values, terms }) => ({
        scope,
        title,
        ...(description !== undefined && { description }),
        optional,
        ...(without !== undefined && { without }),
        ...(sensitive !== undefined && { sensitive }),
        ...(purpose !== undefined && { purpose }),
        ...(terms && { terms: terms.map(({ label, value }) => ({ label, value })) }),
        // That an address was shown, not which: the receipt may travel further than the address should.
        ...(values && { particulars: values.map(({ label }) => label) }),
      }),
    ),
  }
}

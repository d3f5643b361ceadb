/** Protected resources: what an operator does to those that the configuration does not hold. */
import type { ProtectedResource, ProtectedResources } from '../domain/protected-resource.ts'
import { recorded, type OperatorParts } from './operator.ts'

/** What managing protected resources takes. */
export interface ResourceManagementParts extends OperatorParts {
  readonly resources: ProtectedResources
}

/** A protected resource as an operator describes it, checked. */
export type DescribedResource = Omit<ProtectedResource, 'registered_by'>

/** Adds a protected resource. */
export async function createResource(
  described: DescribedResource,
  parts: ResourceManagementParts,
): Promise<'created' | 'exists'> {
  const known = await parts.resources.list()
  if (known.some(({ resource }) => resource === described.resource)) return 'exists'
  return recorded('resource_created', about(described), parts, () =>
    parts.resources.create({ ...described, registered_by: 'operator' }),
  )
}

/** Replaces the description of a protected resource. */
export async function updateResource(
  described: DescribedResource,
  parts: ResourceManagementParts,
): Promise<'updated' | 'unknown' | 'configured'> {
  const problem = await notStored(described.resource, parts)
  if (problem !== undefined) return problem
  return recorded('resource_changed', about(described), parts, () =>
    parts.resources.update({ ...described, registered_by: 'operator' }),
  )
}

/** Removes a protected resource: no more tokens are made for it. */
export async function deleteResource(
  resource: string,
  parts: ResourceManagementParts,
): Promise<'deleted' | 'unknown' | 'configured'> {
  const problem = await notStored(resource, parts)
  if (problem !== undefined) return problem
  return recorded('resource_deleted', about({ resource }), parts, () => parts.resources.delete(resource))
}

async function notStored(
  resource: string,
  parts: ResourceManagementParts,
): Promise<'unknown' | 'configured' | undefined> {
  const found = (await parts.resources.list()).find((one) => one.resource === resource)
  if (found === undefined) return 'unknown'
  return found.registered_by === 'configuration' ? 'configured' : undefined
}

function about({ resource }: Pick<ProtectedResource, 'resource'>) {
  return { detail: { resource } }
}

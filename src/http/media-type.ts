import type { HttpRequest } from './message.ts'

/**
 * Tells whether a body is of the one media type, with `charset=utf-8` or no parameter at all, and not compressed: a small
 * body must be a small text.
 *
 * @param type in lower case
 */
export function hasMediaType({ headers }: HttpRequest, type: string): boolean {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return false
  const [named, ...settings] = (headers['content-type'] ?? '').toLowerCase().split(';')
  return (
    named?.trim() === type &&
    settings.every((setting) => ['charset=utf-8', 'charset="utf-8"', ''].includes(setting.trim()))
  )
}

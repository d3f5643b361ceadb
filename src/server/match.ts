/**
 * Finds the route of a path by its raw bytes. Nothing is decoded, collapsed or trimmed first: `//token`, `/token/`,
 * `/%74oken` and `/token;x` are other addresses than `/token`, and there is nothing at them (SECURITY: PX-04).
 */
import { discoveryPaths } from '../protocol/discovery/endpoint.ts'
import type { Route } from './routes.ts'

/** A route with what its path parameters stand for. */
export interface Match<R extends Route> {
  readonly route: R
  readonly params: Readonly<Record<string, string>>
}

interface Pattern<R extends Route> {
  readonly route: R
  readonly expression: RegExp
}

const nothing: Readonly<Record<string, string>> = {}

/** Lays the table out under an issuer, and answers the matcher. */
export function matcher<R extends Route>(routes: readonly R[], issuer: string): (path: string) => Match<R> | undefined {
  const fixed = new Map<string, Match<R>>()
  const patterns: Pattern<R>[] = []
  for (const route of routes) {
    for (const path of pathsOf(route, issuer)) {
      if (path.includes(':')) patterns.push({ route, expression: expressionOf(path) })
      else fixed.set(path, { route, params: nothing })
    }
  }
  return (path) => {
    const found = fixed.get(path)
    if (found !== undefined) return found
    for (const { route, expression } of patterns) {
      const groups = expression.exec(path)?.groups
      if (groups !== undefined) return { route, params: { ...groups } }
    }
    return undefined
  }
}

/** The paths from the root of the host at which a route is. */
function pathsOf(route: Route, issuer: string): readonly string[] {
  const base = new URL(issuer).pathname.replace(/\/$/, '')
  if (route.place === 'discovery') return discoveryPaths(issuer)
  const under = route.path === '/' && base !== '' ? base : base + route.path
  return route.place === 'host' ? [...new Set([under, route.path])] : [under]
}

function expressionOf(path: string): RegExp {
  const source = path
    .replaceAll('.', '\\.')
    .replaceAll(/:([a-z_]+)\*/g, '(?<$1>[A-Za-z0-9._~/-]{1,500})')
    .replaceAll(/:([a-z_]+)/g, '(?<$1>[A-Za-z0-9._~-]{1,200})')
  return new RegExp(`^${source}$`)
}

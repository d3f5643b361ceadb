import { routes, type Route } from '../../src/server/routes.ts'
import { printedFrom, table } from './table.ts'

/** Prints every address there is: `docs/endpoints.md`. */
export function printEndpoints(): string {
  return [
    '# Endpoints',
    '',
    printedFrom('`src/server/routes.ts`'),
    '',
    'Paths are under the issuer. Clients find the endpoints of the protocol through discovery, never by their paths;',
    'whatever is not here is answered 404, another method 405.',
    '',
    '- **scripts**: whose scripts may read the answer (CORS), errors too, but for the 503 of an overloaded server.',
    '- **place**: where it is for an issuer with a path: under it; at the root of the host as well; or, for discovery, at',
    '  the places where RFC 8414 and OpenID Connect each look.',
    '- **host**: whether the request must name the issuer’s host, or may be a probe that knows an address alone.',
    '- **under overload**: who is turned away last (`token`) and first (`list`) while more come than can be answered; what is',
    '  answered `always` costs no more than turning its asker away.',
    '',
    table(['path', 'methods', 'name', 'what', 'scripts', 'speaks', 'place', 'host', 'under overload'], routes.map(row)),
    '',
  ].join('\n')
}

function row({ path, methods, name, spec, cors, speaks, place, host, rank }: Route): readonly string[] {
  return [`\`${path}\``, methods.join(', '), `\`${name}\``, spec, cors, speaks, places[place], host, rank]
}

const places: Readonly<Record<Route['place'], string>> = {
  issuer: 'under the issuer',
  host: 'at the root too',
  discovery: 'where each looks',
}

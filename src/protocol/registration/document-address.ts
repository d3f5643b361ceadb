/** Longest URL that is taken as a client_id, in characters. */
const longest = 500

/**
 * Tells whether a client_id is the address of a metadata document: draft-ietf-oauth-client-id-metadata-document-01 §3,
 * less what it only tolerates. `https`, a path, no user name, no query, no fragment, and spelled as every URL parser
 * spells it: no dot segments, no upper-case host, no needless port (CI-01).
 */
export function isDocumentAddress(client_id: string): boolean {
  if (!client_id.startsWith('https://') || client_id.length > longest || !URL.canParse(client_id)) return false
  const { href, username, password, search, hash } = new URL(client_id)
  const isPlain = username === '' && password === '' && search === '' && hash === '' && !/[?#@]/.test(client_id)
  return isPlain && href === client_id
}

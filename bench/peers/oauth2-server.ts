/**
 * `@node-oauth/oauth2-server`: a library that judges requests and leaves all else to whoever uses it. Beside it is what we
 * wrote: a model over SQLite, synced with each write, and a page that signs a browser in by a name. It issues opaque
 * tokens, and asks for no consent.
 */
import { nodeProgram, programReady, sqliteSynced } from './node-program.ts'
import type { Peer } from './peer.ts'
import { run } from './running.ts'

const opaque = 'its tokens are opaque'
const none = 'it has no such endpoint'

/** The library over SQLite. */
export const overSqlite: Peer = {
  name: 'oauth2-server-sqlite',
  title: '@node-oauth/oauth2-server, SQLite, durable, opaque tokens, no consent',
  side: 'theirs',
  keeps: 'durable',
  over: 'sqlite',
  measuredAt: 'lowest',
  takes: '@node-oauth/oauth2-server',
  lacks: {
    'W1-RS': opaque,
    W3: 'it has no OpenID Connect',
    'W3-RS': 'it has no OpenID Connect',
    W5: none,
    W6: none,
    W7: none,
    W8: none,
    W9: 'it has no pages',
  },
  start: (setting) =>
    run({
      setting,
      over: 'sqlite',
      ready: programReady,
      synced: sqliteSynced,
      program: (where) => nodeProgram('oauth2-server-server.ts', setting, where),
      async fill(browser, page, username) {
        const url = new URL(page.url)
        url.searchParams.set('login', username)
        return browser.go(url)
      },
    }),
}

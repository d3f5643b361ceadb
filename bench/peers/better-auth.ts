/** Better Auth with its OAuth provider, over SQLite that is synced with each write. It brings no pages; nor do we. */
import { nodeProgram, programReady, sqliteSynced } from './node-program.ts'
import type { Peer } from './peer.ts'
import { run } from './running.ts'

/** Better Auth over SQLite. */
export const betterAuth: Peer = {
  name: 'better-auth-sqlite',
  title: 'Better Auth’s oauth-provider, SQLite, durable',
  side: 'theirs',
  keeps: 'durable',
  over: 'sqlite',
  measuredAt: 'lowest',
  takes: '@better-auth/oauth-provider',
  lacks: {
    'W1-RS': 'one algorithm for all its tokens',
    'W3-RS': 'one algorithm for all its tokens',
  },
  start: (setting) =>
    run({
      setting,
      over: 'sqlite',
      path: '/api/auth',
      ready: programReady,
      synced: sqliteSynced,
      program: (where) => nodeProgram('better-auth-server.ts', setting, where),
      async fill(browser, page, username) {
        // It takes our requests for those of a script, and tells a script where to go.
        if (page.body.startsWith('{')) return browser.lead(page)
        const { origin } = page.url
        const oauth_query = page.url.search.slice(1)
        const at = (path: string) => new URL(`${origin}/api/auth${path}`)
        if (page.url.pathname === '/sign-in') {
          const email = `${username}@example.com`
          return browser.post(at('/sign-in/email'), { email, password: setting.scene.password, oauth_query })
        }
        return browser.post(at('/oauth2/consent'), { accept: true, oauth_query })
      },
    }),
}

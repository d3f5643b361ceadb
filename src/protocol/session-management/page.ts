import { createHash } from 'node:crypto'
import { cookieNames } from '../../http/cookies.ts'
import { html, render } from '../../kernel/html.ts'

/**
 * Answers the page that frames us, OpenID Connect Session Management §3.1: `unchanged`, `changed`, or `error` for what is
 * no question, and where the browser shows us no cookies, of which nothing follows. The asker's origin goes into the
 * hash, so whoever asks with another client's value is told `changed`, as everybody is where there is no state.
 */
const script = html`
addEventListener('message', async ({ data, origin, source }) => {
  const answer = await told(data, origin).catch(() => 'error')
  if (origin !== 'null') source?.postMessage(answer, origin)
})

async function told(question, origin) {
  const [, client_id, hash, salt] = /^(.+) ([^ .]+)[.]([^ .]+)$/.exec(question)
  if (!navigator.cookieEnabled) return 'error'
  const [, state] = /(?:^|; )${cookieNames.state}=([^;]+)/.exec(document.cookie) ?? []
  if (state === undefined) return 'changed'
  const bytes = new TextEncoder().encode([client_id, origin, state, salt].join(' '))
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex === hash ? 'unchanged' : 'changed'
}
`

/** What `script-src` of the content security policy must hold for the page to answer; nothing else may run. */
export const checkSessionScriptSource = `'sha256-${createHash('sha256').update(render(script)).digest('base64')}'`

/** The page: a script that answers other pages. Nobody looks at it. */
export const checkSessionPage = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="robots" content="noindex">
<title>Licet</title>
</head>
<body>
<script>${script}</script>
</body>
</html>
`

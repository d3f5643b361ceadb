import type { Exchange, Step, Visit } from './visit.ts'

/** Shows where the visitor stands: what can be done next, and every step so far. */
export function homePage(visit: Visit, issuer: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Postcards</title>
<style>${styles}</style>
<main>
<header><p class="brand">Postcards</p>${visit.name === undefined ? '' : `<p>Hello, <strong id="name">${escaped(visit.name)}</strong></p>`}</header>
<h1>${visit.tokens === undefined ? 'Your postcards, in one place' : 'You are connected'}</h1>
${visit.tokens === undefined ? invitation : connected(visit, issuer)}
${visit.steps.length === 0 ? '' : `<h2>What happened</h2><ol class="steps">${visit.steps.map(stepItem).join('')}</ol>`}
</main>
</html>`
}

const invitation = `
<p>Postcards shows you the cards you keep at the postcard service. It never sees your password: you decide at the
authorization server what it may do, and for how long.</p>
<form method="post" action="/connect"><button id="connect" class="main">Connect</button></form>`

function connected({ postcards, tokens }: Visit, issuer: string): string {
  const cards = postcards?.map((card) => `<li>${escaped(card)}</li>`).join('')
  return `
${cards === undefined ? '' : `<ul id="postcards" class="cards">${cards}</ul>`}
<div class="actions">
<form method="post" action="/postcards"><button id="read" class="main">Read my postcards</button></form>
${tokens?.refresh_token === undefined ? '' : '<form method="post" action="/refresh"><button id="refresh">Refresh the tokens</button></form>'}
<form method="post" action="/connect"><button id="connect">Connect again</button></form>
<form method="post" action="/disconnect"><button id="disconnect">Disconnect</button></form>
</div>
<p>Take the access back yourself: <a id="account" href="${escaped(issuer)}/account">your applications</a>. Then read again, and
see it refused.</p>`
}

function stepItem({ title, explain, exchanges = [], shown = {} }: Step): string {
  const texts = Object.entries(shown).map(
    ([name, text]) => `<details><summary>${escaped(name)}</summary><pre>${escaped(text)}</pre></details>`,
  )
  return `<li><h3>${escaped(title)}</h3><p>${escaped(explain)}</p>${texts.join('')}${exchanges.map(exchangeDetails).join('')}</li>`
}

function exchangeDetails({ request, response }: Exchange): string {
  const [summary = ''] = request.split('\n')
  return `<details><summary><code>${escaped(summary)}</code></summary><pre>${escaped(request)}</pre><pre>${escaped(response)}</pre></details>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const styles = `
:root { color-scheme: light dark; --ink: #1d2433; --paper: #fbf8f3; --card: #fff; --line: #e2dccf; --accent: #b3432b }
@media (prefers-color-scheme: dark) { :root { --ink: #ece7de; --paper: #17181c; --card: #202228; --line: #353841; --accent: #f08f74 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 ui-rounded, system-ui, sans-serif }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem }
header { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; flex-wrap: wrap }
.brand { font-weight: 700; color: var(--accent) }
h1 { font-size: clamp(1.6rem, 5vw, 2.3rem); line-height: 1.15; margin: 1.5rem 0 .75rem }
h2 { margin: 2.5rem 0 1rem }
h3 { margin: 0 }
button { font: inherit; padding: .6rem 1.1rem; border-radius: .6rem; border: 1px solid var(--line); background: var(--card); color: inherit; cursor: pointer }
button.main { background: var(--accent); border-color: var(--accent); color: #fff; font-weight: 600 }
@media (prefers-color-scheme: dark) { button.main { color: #17181c } }
.actions { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1.25rem 0 }
a { color: var(--accent) }
.cards { list-style: none; padding: 0; display: grid; gap: .8rem; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)) }
.cards li { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 2.2rem 1rem 1rem }
.steps { padding: 0; list-style: none; display: grid; gap: .8rem }
.steps li { background: var(--card); border: 1px solid var(--line); border-radius: .8rem; padding: 1rem 1.1rem }
.steps p { margin: .2rem 0 .5rem }
summary { cursor: pointer; overflow-wrap: anywhere }
pre { overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .82rem; line-height: 1.45; background: var(--paper); border-radius: .5rem; padding: .7rem }
`

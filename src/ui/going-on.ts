import { createHash } from 'node:crypto'
import { html, render } from '../kernel/html.ts'

const script = html`addEventListener('load',function(){location.replace(document.getElementById('continue').href)})`

/** Follows the link with the id `continue` once all of the page is loaded, its frames too. */
export const goingOn = html`<script>${script}</script>`

/** What `script-src` of the content security policy must hold for that; nothing else may run. */
export const goingOnSource = `'sha256-${createHash('sha256').update(render(script)).digest('base64')}'`

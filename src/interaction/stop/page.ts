import { html, type Html } from '../../kernel/html.ts'
import { button } from '../../ui/button.ts'
import { clientBlock, type ClientView } from '../../ui/client.ts'
import { layout } from '../../ui/layout.ts'
import { wayOn } from '../../ui/way-on.ts'

/** What the page behind the link of a letter shows. */
export interface StopView {
  /** The issuer: where every address of ours begins. */
  readonly home: string
  /** `ask`: nothing has been done yet. `ended`: just now. `already_ended`: earlier, or by itself. */
  readonly state: 'ask' | 'ended' | 'already_ended'
  readonly client: ClientView
}

const words = {
  ask: {
    heading: 'End this access?',
    sentence: 'All of its access to your account ends at once. Nothing has been changed yet.',
  },
  ended: { heading: 'Access ended', sentence: 'It can no longer act with your account.' },
  already_ended: { heading: 'This access has ended', sentence: 'There is nothing left to end.' },
  confirm: 'End access',
}

/** Asks for the one confirmation, or tells that it is done. */
export function stopPage({ home, state, client }: StopView): Html {
  const { heading, sentence } = words[state]
  return layout({
    home,
    title: heading,
    width: 'narrow',
    body: html`
      <section class="card">
        <h1>${heading}</h1>
        ${clientBlock(client, 'paragraph')}
        <p>${sentence}</p>
        ${state === 'ask' && html`<form method="post">${button({ id: 'stop-confirm', label: words.confirm, look: 'filled' })}</form>`}
        ${wayOn(undefined, home)}
      </section>`,
  })
}

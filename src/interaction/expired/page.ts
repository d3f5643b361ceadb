import { html, type Html } from '../../kernel/html.ts'
import { clientBlock, type ClientView } from '../../ui/client.ts'
import { layout } from '../../ui/layout.ts'
import { wayOn } from '../../ui/way-on.ts'

/** What the page for a lost thread shows. */
export interface ExpiredView {
  /** The issuer: where every address of ours begins. */
  readonly home: string
  /** `expired`: too long ago; `cookie_lost`: this browser did not begin it, or lost its cookie; `finished`: answered already. */
  readonly because: 'expired' | 'cookie_lost' | 'finished'
  /** Path of the same authorization request anew, or the client's own address; undefined = only our own page is left. */
  readonly start_again?: string | undefined
  /** Whom it was for, when known. */
  readonly client?: ClientView | undefined
}

const words = {
  heading: {
    expired: 'This took too long',
    cookie_lost: 'We lost the thread',
    finished: 'This is done already',
  },
  sentence: {
    expired: 'The page was open for so long that it no longer counts. Nothing was shared.',
    cookie_lost:
      'This page was begun in another browser, or its cookies were deleted. Nothing was shared from here, and nothing is broken.',
    finished: 'Your answer has been given and sent. To do it again, start again.',
  },
  start_again: 'Start again',
}

/** Says that the thread is lost, and picks it up. */
export function expiredPage({ home, because, start_again, client }: ExpiredView): Html {
  const way = start_again === undefined ? undefined : { id: 'start-again', href: start_again, label: words.start_again }
  return layout({
    home,
    title: words.heading[because],
    width: 'narrow',
    body: html`
      <section class="card">
        <h1>${words.heading[because]}</h1>
        <p>${words.sentence[because]}</p>
        ${client && html`<div class="goal">${clientBlock(client, 'paragraph')}</div>`}
        ${wayOn(way, home)}
      </section>`,
  })
}

import { html, type Html } from '../kernel/html.ts'
import { button } from './button.ts'
import { hiddenFields } from './field.ts'
import { link } from './href.ts'
import { layout, type PageView } from './layout.ts'
import { notice } from './notice.ts'
import { person, type PersonView } from './person.ts'
import type { Words } from './words/en.ts'

/** Where the person's own pages are. */
export interface OwnLinks {
  readonly account: string
  readonly security: string
  /** Everything about the person, as a file. */
  readonly download: string
}

/** Shows the way from one of the person's own pages to the others. */
function ownNavigation(
  { account, security, download }: OwnLinks,
  here: 'account' | 'security' | 'elsewhere',
  words: Words,
): Html {
  const place = (name: 'account' | 'security', href: string) =>
    html`<a href="${href}" ${name === here && html`aria-current="page"`}>${words[name].heading}</a>`
  return html`<nav class="own" aria-label="${words.own.navigation}">${place('account', account)}${place('security', security)}<a id="download" href="${download}" download>${words.own.download}</a></nav>`
}

/** What every one of the person's own pages shows. */
export interface OwnPageView extends PageView {
  readonly csrf_token: string
  readonly person: PersonView
  /** Path the sign-out form is posted to. */
  readonly sign_out: string
  readonly links: OwnLinks
  /** True: what they sent came when they were signed in no more, and they have signed in since. */
  readonly lost_form?: boolean
}

/** One of the person's own pages. */
export interface OwnPage {
  readonly heading: string
  /** `elsewhere`: a page that `security` leads to, and which leads back there. */
  readonly here: 'account' | 'security' | 'elsewhere'
  /** What stands right under the heading. */
  readonly lead?: Html | false
  readonly body: Html
  /** What stands at the very end of the document. */
  readonly end?: Html | false
}

/** Puts what a person sees of their own account under their name and the way to their other pages. */
export function ownPage(view: OwnPageView, { heading, here, lead = false, body, end = false }: OwnPage): Html {
  const { words, csrf_token, links } = view
  return layout(view, {
    title: heading,
    width: 'wide',
    corner: html`<form method="post" action="${view.sign_out}">${hiddenFields({ csrf_token })}${button({ id: 'sign-out', label: words.account.sign_out, look: 'quiet' })}</form>`,
    body: html`
      <div class="lead">
        ${person(view.person)}
        ${ownNavigation(links, here, words)}
        <h1>${heading}</h1>
        ${lead}
      </div>
      ${view.lost_form === true && notice({ tone: 'note', text: words.account.form_expired })}
      ${body}
      ${here === 'elsewhere' && html`<p>${link(links.security, words.more.back, 'back')}</p>`}`,
    end,
  })
}

/**
 * Asks the person to prove once more that it is them, before what they came for: by a button that leads to the sign-in.
 *
 * @param target `_blank`: in another tab, so that what was typed here stays
 */
export function confirmFirst(
  sentence: string,
  { csrf_token, words }: Pick<OwnPageView, 'csrf_token' | 'words'>,
  target?: '_blank',
): Html {
  return html`
    <section class="card">
      <p>${sentence}</p>
      <form method="post" ${target !== undefined && html`target="${target}"`}>
        ${hiddenFields({ csrf_token })}
        ${button({ id: 'confirm-first', name: 'confirm', value: 'yes', label: words.factors.confirm, look: 'filled' })}
      </form>
    </section>`
}

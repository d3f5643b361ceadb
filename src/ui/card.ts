import { html, type Html } from '../kernel/html.ts'
import { layout, type Document, type PageView } from './layout.ts'

/** A page that is one card, with one thing to do or to know. */
export type Card = Headed & Pick<Document, 'end'> & { readonly content: Html }

/** What it is about; a heading that is not plain text comes with what the tab says in its place. */
type Headed = { readonly heading: string } | { readonly heading: Html; readonly title: string }

/** Draws a page that is one card. */
export function card(view: PageView, { end, content, ...headed }: Card): Html {
  return layout(view, {
    title: 'title' in headed ? headed.title : headed.heading,
    width: 'narrow',
    body: html`
      <section class="card">
        <h1>${headed.heading}</h1>
        ${content}
      </section>`,
    end,
  })
}

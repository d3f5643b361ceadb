import { html, type Html } from '../../kernel/html.ts'
import { card } from '../../ui/card.ts'
import { clientBlock, type ClientView } from '../../ui/client.ts'
import type { PageView } from '../../ui/layout.ts'
import { wayOn } from '../../ui/way-on.ts'

/** What the page after an answer to a device shows. */
export interface DeviceDoneView extends PageView {
  readonly client: ClientView
  readonly decision: 'allowed' | 'denied'
  /** The person's own page, where the access can be ended. */
  readonly account: string
}

/** Says who got access, and where it ends. */
export function deviceDonePage(view: DeviceDoneView): Html {
  const { words, client, decision, account } = view
  const said = words.deviceDone[decision]
  return card(view, {
    heading: said.heading,
    content: html`
      <p>${said.sentence}</p>
      ${clientBlock(client, 'paragraph', words)}
      ${wayOn({ href: account, label: said.way_on, id: 'device-account' }, view)}`,
  })
}

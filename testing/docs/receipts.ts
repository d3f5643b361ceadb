import { decodeJwt } from 'jose'
import { openLetters } from '../letters.ts'
import type { Received } from '../mailbox.ts'
import { authorizationUrl, openSteps } from '../steps.ts'
import { printedFrom } from './table.ts'

/** Prints what a decision leaves with the person, from a decision that is made while it prints: `docs/receipts.md`. */
export async function printReceipts(): Promise<string> {
  const { receipt, letter } = await decided()
  const named = new Map<string, string>()
  return [
    '# What a decision leaves',
    '',
    printedFrom('a decision that `testing/docs/receipts.ts` takes'),
    '',
    'Alice allows an application to see her postcards and her e-mail address, for thirty days, and unticks that it may',
    'send any.',
    '',
    '## The receipt',
    '',
    'A JWT of type `consent-receipt+jwt`, signed by a key of `/jwks`. She downloads it from her page;',
    '`licet grant receipt ID` prints it. It holds what she read, word by word, and names her particulars without their',
    'values. As it holds neither `sub`, `aud`, `exp` nor `scope` at its top, nobody can take it for a token. Its claims:',
    '',
    '```json',
    sameEachTime(JSON.stringify(decodeJwt(receipt), undefined, 2), named),
    '```',
    '',
    '## The letter',
    '',
    'Plain text, to her verified address, in the language she read the page in. Its link ends the access without',
    'signing in, after one more question.',
    '',
    '```text',
    sameEachTime(letter, named).trim(),
    '```',
    '',
  ].join('\n')
}

/** Lets Alice answer, and collects what she gets. */
async function decided(): Promise<{ readonly receipt: string; readonly letter: string }> {
  const steps = await openSteps()
  const letters = await openLetters(steps)
  try {
    const alice = steps.visitor('192.0.2.7')
    const scope = 'email postcards.read postcards.send'
    const consent = await steps.signIn(alice, await alice.go(authorizationUrl({ scope })))
    await alice.submit(consent, { press: 'consent-allow', untick: ['scope=postcards.send'] })
    const [, receipt = ''] = /href="([^"]*\/account\/receipts\/[^"]*)"/.exec((await alice.go('/account')).body) ?? []
    const arrived = await letters.arrived()
    return { receipt: (await alice.go(receipt)).body, letter: arrived.map(spelled).join('\n') }
  } finally {
    await letters.close()
    await steps.close()
  }
}

function spelled({ headers, text }: Received): string {
  return `Subject: ${headers.get('subject') ?? ''}\n\n${text}`
}

/** What is drawn at random would make the document stale each time: it is numbered in the order it appears. */
function sameEachTime(text: string, named: Map<string, string>): string {
  return text.replace(/[0-9a-f]{32}|(?<=\.)[\w-]{43}\b|(?<="sub": ")[^"]+/g, (drawn) => {
    if (!named.has(drawn)) named.set(drawn, `random-${named.size + 1}`)
    return named.get(drawn) ?? ''
  })
}

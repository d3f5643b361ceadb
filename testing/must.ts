import { test, type TestContext } from 'node:test'

/** Fails, by throwing or rejecting, when the statement does not hold. */
export type Proof = (context: TestContext) => void | Promise<void>

/**
 * Proves one sentence of a specification: `test` with a citation.
 *
 * The list of all of them, grouped by document, is `docs/conformance.md`; `testing/musts.ts` reads it out of the test
 * files, so `section` and `statement` are literals at the call, never computed.
 *
 * @param section where the sentence stands, `RFC 7636 §4.6`, or several: `RFC 6749 §4.1.2, RFC 9700 §2.1.1`
 * @param statement what must hold, in our words, with the ids of the security check list it covers: `AZ-07: …`
 */
export function must(section: string, statement: string, proof: Proof): void {
  void test(`${section}: ${statement}`, proof)
}

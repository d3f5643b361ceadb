/**
 * The pages for people, by the names of their routes.
 *
 * An interaction is what a person goes through for one authorization request: signing in, deciding, and on to the
 * client (`dispatch.ts` is where to begin reading). `account/`, `security/`, `own-…/`, `sign-ins/`, `download/` and
 * `logout/` are the person's own pages; `error/`, `expired/` and `interstitial/` are where every way that ends goes on. A
 * folder holds a page and what fills it.
 */
import type { Handler } from '../http/message.ts'
import { receiptHandler } from './account/receipt.ts'
import { forgottenPasswordHandler, registrationHandler, type ByMailParts } from './by-mail/handler.ts'
import type { DeviceCodeParts } from './device-code/handler.ts'
import { interactionHandler } from './dispatch.ts'
import { later } from './later.ts'
import { logoutHandler, type Announcing } from './logout/handler.ts'
import { explanationHandler } from './explanation/handler.ts'
import type { NewPasswordParts } from './new-password/handler.ts'
import { downloadHandler } from './download/handler.ts'
import { ownDeletionHandler } from './own-deletion/handler.ts'
import { stopHandler } from './stop/handler.ts'
import { upstreamHandler } from './upstream/handler.ts'
import type { SignInStepParts } from './sign-in/complete.ts'

/** All that the pages for people are made with. */
export type PageParts = SignInStepParts & Announcing & DeviceCodeParts & ByMailParts & NewPasswordParts

/**
 * Makes the handlers of the pages for people. Each answers GET and POST, `receipt` and `download` GET alone; `interaction`,
 * `receipt`, `stop`, `upstream`, and what letters lead to (`new_…`, `undo_address`) take the path parameter `id`.
 */
export function interactionHandlers(parts: PageParts) {
  return {
    interaction: interactionHandler(parts),
    account: later(async () => (await import('./account/handler.ts')).accountHandler(parts)),
    security: later(async () => (await import('./security/handler.ts')).securityHandler(parts)),
    own_profile: later(async () => (await import('./own-profile/handler.ts')).ownProfileHandler(parts)),
    own_password: later(async () => (await import('./own-password/handler.ts')).ownPasswordHandler(parts)),
    own_address: later(async () => (await import('./own-address/handler.ts')).ownAddressHandler(parts)),
    sign_ins: later(async () => (await import('./sign-ins/handler.ts')).signInsHandler(parts)),
    own_deletion: ownDeletionHandler(parts),
    receipt: receiptHandler(parts),
    download: downloadHandler(parts),
    stop: stopHandler(parts),
    logout: logoutHandler(parts),
    device: later(async () => (await import('./device-code/handler.ts')).deviceCodeHandler(parts)),
    explanation: explanationHandler(parts),
    forgotten_password: forgottenPasswordHandler(parts),
    new_password: later(async () => (await import('./new-password/handler.ts')).newPasswordHandler(parts)),
    new_address: later(async () => (await import('./new-address/handler.ts')).newAddressHandler(parts)),
    undo_address: later(async () => (await import('./new-address/handler.ts')).undoAddressHandler(parts)),
    account_registration: registrationHandler(parts),
    new_account: later(async () => (await import('./new-account/handler.ts')).newAccountHandler(parts)),
    upstream: upstreamHandler(parts),
  } satisfies Readonly<Record<string, Handler>>
}

/**
 * The pages for people, by the names of their routes.
 *
 * An interaction is what a person goes through for one authorization request: signing in, deciding, and on to the
 * client (`dispatch.ts` is where to begin reading). `account/`, `security/`, `own-…/`, `sign-ins/`, `download/` and
 * `logout/` are the person's own pages; `error/`,
 * `expired/` and `interstitial/` are where every way that ends goes on. A folder holds a page and what fills it.
 */
import type { Handler } from '../http/message.ts'
import { accountHandler } from './account/handler.ts'
import { receiptHandler } from './account/receipt.ts'
import { forgottenPasswordHandler, registrationHandler, type ByMailParts } from './by-mail/handler.ts'
import { deviceCodeHandler, type DeviceCodeParts } from './device-code/handler.ts'
import { downloadHandler } from './download/handler.ts'
import { securityHandler } from './security/handler.ts'
import { interactionHandler } from './dispatch.ts'
import { logoutHandler, type Announcing } from './logout/handler.ts'
import { explanationHandler } from './explanation/handler.ts'
import { newAccountHandler } from './new-account/handler.ts'
import { newAddressHandler, undoAddressHandler } from './new-address/handler.ts'
import { newPasswordHandler, type NewPasswordParts } from './new-password/handler.ts'
import { ownAddressHandler } from './own-address/handler.ts'
import { ownDeletionHandler } from './own-deletion/handler.ts'
import { ownPasswordHandler } from './own-password/handler.ts'
import { ownProfileHandler } from './own-profile/handler.ts'
import { signInsHandler } from './sign-ins/handler.ts'
import { stopHandler } from './stop/handler.ts'
import { upstreamHandler } from './upstream/handler.ts'
import type { SignInStepParts } from './sign-in/complete.ts'

/** All that the pages for people are made with. */
export type PageParts = SignInStepParts & Announcing & DeviceCodeParts & ByMailParts & NewPasswordParts

/** Makes the handlers of the pages for people. Each answers GET and POST, `receipt` and `download` GET alone; `interaction`, `receipt`, `stop`, `upstream`, and what letters lead to (`new_…`, `undo_address`) take the path parameter `id`. */
export function interactionHandlers(parts: PageParts): {
  readonly interaction: Handler
  readonly account: Handler
  readonly security: Handler
  readonly own_profile: Handler
  readonly own_password: Handler
  readonly own_address: Handler
  readonly sign_ins: Handler
  readonly own_deletion: Handler
  readonly receipt: Handler
  readonly download: Handler
  readonly stop: Handler
  readonly logout: Handler
  readonly device: Handler
  readonly explanation: Handler
  readonly forgotten_password: Handler
  readonly new_password: Handler
  readonly new_address: Handler
  readonly undo_address: Handler
  readonly account_registration: Handler
  readonly new_account: Handler
  readonly upstream: Handler
} {
  return {
    interaction: interactionHandler(parts),
    account: accountHandler(parts),
    security: securityHandler(parts),
    own_profile: ownProfileHandler(parts),
    own_password: ownPasswordHandler(parts),
    own_address: ownAddressHandler(parts),
    sign_ins: signInsHandler(parts),
    own_deletion: ownDeletionHandler(parts),
    receipt: receiptHandler(parts),
    download: downloadHandler(parts),
    stop: stopHandler(parts),
    logout: logoutHandler(parts),
    device: deviceCodeHandler(parts),
    explanation: explanationHandler(parts),
    forgotten_password: forgottenPasswordHandler(parts),
    new_password: newPasswordHandler(parts),
    new_address: newAddressHandler(parts),
    undo_address: undoAddressHandler(parts),
    account_registration: registrationHandler(parts),
    new_account: newAccountHandler(parts),
    upstream: upstreamHandler(parts),
  }
}

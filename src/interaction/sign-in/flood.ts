/** A flood of passwords, as it is told before anybody stands in line behind it (RL-23). */
import { Parameters } from '../../kernel/parameters.ts'
import { busyRetry, passwordBusy } from '../../domain/password-rules.ts'
import { readCookie } from '../../http/cookies.ts'
import type { AtOnce, HttpRequest } from '../../http/message.ts'
import { isOneTooMany } from '../../identity/sign-in.ts'
import { crowdedErrorPage } from '../error/handler.ts'
import type { SignInStepParts } from './complete.ts'
import { stepOf } from './steps.ts'

/**
 * Makes what answers a form of `/interaction/:id` at once, before any work is begun for it: a password that comes in a
 * flood of them, and for which there is no room, is answered by a page that was drawn before. Everything else is not
 * answered here.
 */
export function floodAtOnce(parts: SignInStepParts): AtOnce {
  const noRoom = crowdedErrorPage(passwordBusy({ retry_after: busyRetry }), parts)
  return (request) => (isInFlood(request, parts) ? noRoom(request) : undefined)
}

/** What is no form is no password either: that is judged where it is taken. */
function isInFlood(request: HttpRequest, parts: SignInStepParts): boolean {
  if (request.method !== 'POST' || !parts.passwords.isFlooded()) return false
  if (stepOf(Parameters.read(request.body)) !== 'sign-in') return false
  return isOneTooMany({ ...request, device: readCookie(request, 'device') }, parts)
}

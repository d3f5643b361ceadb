import { verificationPath } from '../protocol/device/endpoint.ts'
import type { ProtocolParts } from '../protocol/parts.ts'
import type { OwnLinks } from '../ui/own-pages.ts'

/** Where the person's own pages are, under the issuer. */
export const ownPaths = {
  account: '/account',
  security: '/account/security',
  profile: '/account/profile',
  password: '/account/password',
  address: '/account/address',
  signIns: '/account/sign-ins',
  deletion: '/account/delete',
  download: '/account/download',
  receipts: '/account/receipts',
  stop: '/stop',
  forgottenPassword: '/forgotten-password',
  newPassword: '/new-password',
  newAccount: '/new-account',
  newAddress: '/new-address',
  undoAddress: '/undo-address',
  logout: '/logout',
  device: verificationPath,
} as const

/** Addresses that the person's own pages link to one another by. */
export function ownLinks({ issuer }: Pick<ProtocolParts, 'issuer'>): OwnLinks {
  return {
    account: issuer + ownPaths.account,
    security: issuer + ownPaths.security,
    download: issuer + ownPaths.download,
  }
}

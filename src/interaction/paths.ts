import { verificationPath } from '../protocol/device/endpoint.ts'

/** Where the person's own pages are, under the issuer. */
export const ownPaths = {
  account: '/account',
  receipts: '/account/receipts',
  stop: '/stop',
  logout: '/logout',
  device: verificationPath,
} as const

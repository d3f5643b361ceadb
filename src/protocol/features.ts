import { authorizationDetails } from './authorization-details.ts'
import { claimsParameter } from './claims-parameter.ts'
import { dpop } from './dpop/dpop.ts'
import type { Feature } from './feature.ts'
import { issuerIdentification } from './issuer-identification.ts'
import { jarm } from './jarm.ts'
import { logout } from './logout/logout.ts'
import { mtls } from './mtls.ts'
import { pkce } from './pkce.ts'
import { refreshTokenExpiration } from './refresh-token-expiration.ts'
import { resourceIndicators } from './resource-indicators.ts'
import { sessionManagement } from './session-management/session-management.ts'

/** Every feature, in the order in which their seams are called: adding one is its file and one line here. */
export const features: readonly Feature[] = [
  issuerIdentification,
  pkce,
  dpop,
  mtls,
  resourceIndicators,
  authorizationDetails,
  refreshTokenExpiration,
  claimsParameter,
  jarm,
  logout,
  sessionManagement,
]

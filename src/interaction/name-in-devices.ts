import type { ProtocolParts } from '../protocol/parts.ts'

/**
 * Gives the name under which devices keep what signs people in here: that of whoever runs the server, in its own
 * language, or otherwise its host. Never a client's branding: a passkey or an app is the account's, for every
 * application, and stays for years.
 */
export function nameInDevices({ issuer, settings }: Pick<ProtocolParts, 'issuer' | 'settings'>): string {
  const { is_ours, name } = settings.brands.own[settings.language].brand
  return is_ours ? new URL(issuer).host : name
}

import { ownAddress, type Account } from '../../domain/account.ts'
import type { ProtocolParts } from '../../protocol/parts.ts'

/** Finds whose verified address it is: an account that is merely called so, or is disabled, is not. */
export async function ownerOf(
  address: string,
  { accounts }: Pick<ProtocolParts, 'accounts'>,
): Promise<Account | undefined> {
  const account = await accounts.findByLogin(address)
  const isTheirs = account !== undefined && ownAddress(account)?.toLowerCase() === address.toLowerCase()
  return isTheirs && !account.disabled ? account : undefined
}

/**
 * Importing accounts from elsewhere, with the hashes of their passwords: one JSON object a line, read and judged whole
 * before anything is made, so that a dry run tells what a real one will do. At each person's next sign-in their hash is
 * replaced by one of ours.
 */
import type { Json } from '../kernel/binding.ts'
import { isMapping } from '../kernel/mapping.ts'
import { isPlainText, longestName, plainTextForm } from '../kernel/plain-text.ts'
import { loginsOf } from '../domain/account.ts'
import { protocolClaims, standardClaims } from '../vocabulary/claims.ts'
import { createAccount, type AccountManagementParts, type NewAccount } from './accounts.ts'

/** What importing takes. */
export interface ImportParts extends AccountManagementParts {
  /** Why a hash could not be used to sign in; undefined = it can. */
  readonly hashFault: (written: string) => string | undefined
}

/** A line that makes no account, and why; it never tells the hash. */
export interface RefusedLine {
  /** From 1. */
  readonly line: number
  readonly username?: string
  readonly reason: string
}

/** What an import did, or would do. */
export interface ImportOutcome {
  readonly accounts: number
  readonly refused: readonly RefusedLine[]
}

interface GoodLine {
  readonly line: number
  readonly account: NewAccount
}

/** How many accounts are made at once. */
const batch = 100
const members = ['username', 'password_hash', 'claims', 'disabled']

/**
 * Imports accounts.
 *
 * @param text JSON Lines: `username`, and where there are some `password_hash`, `claims`, `disabled`
 * @param mode `dry`: nothing is made, and the same is told
 */
export async function importAccounts(text: string, mode: 'dry' | 'real', parts: ImportParts): Promise<ImportOutcome> {
  const lines = text.split('\n').map((written, place) => ({ line: place + 1, written: written.trim() }))
  const taken = new Set<string>()
  const judged = lines
    .filter(({ written }) => written !== '')
    .map(({ line, written }) => judge(line, written, taken, parts))
  const good = judged.filter((one): one is GoodLine => 'account' in one)
  const refused = judged.filter((one): one is RefusedLine => 'reason' in one)
  const late: RefusedLine[] = []
  for (let from = 0; from < good.length; from += batch) {
    const made = await Promise.all(good.slice(from, from + batch).map((one) => make(one, mode, parts)))
    late.push(...made.filter((one) => one !== undefined))
  }
  const all = [...refused, ...late].toSorted((one, other) => one.line - other.line)
  return { accounts: good.length - late.length, refused: all }
}

/** Judges one line by itself and by those before it. */
function judge(line: number, written: string, taken: Set<string>, parts: ImportParts): GoodLine | RefusedLine {
  const record = parsed(written)
  if (record === undefined) return { line, reason: 'it is not a JSON object' }
  const { username, password_hash, claims = {}, disabled = false } = record
  if (typeof username !== 'string' || !isPlainText(username, longestName.username))
    return { line, reason: `username must be ${plainTextForm(longestName.username)}` }
  const refuse = (reason: string): RefusedLine => ({ line, username, reason })
  const unknown = Object.keys(record).find((name) => !members.includes(name))
  if (unknown !== undefined) return refuse(`${JSON.stringify(unknown).slice(0, 60)} is not a member of an account`)
  if (typeof disabled !== 'boolean') return refuse('disabled must be true or false')
  if (!isMapping(claims)) return refuse('claims must be an object')
  const claimFault = faultOfClaims(claims)
  if (claimFault !== undefined) return refuse(claimFault)
  if (password_hash !== undefined && typeof password_hash !== 'string') return refuse('password_hash must be a text')
  const hashFault = password_hash === undefined ? undefined : parts.hashFault(password_hash)
  if (hashFault !== undefined) return refuse(`password_hash ${hashFault}`)
  const logins = loginsOf({ username, claims })
  if (logins.some((login) => taken.has(login))) {
    return refuse('a line before it has that user name or e-mail address')
  }
  for (const login of logins) taken.add(login)
  return { line, account: { username, claims, disabled, ...(password_hash !== undefined && { password_hash }) } }
}

async function make(
  { line, account }: GoodLine,
  mode: 'dry' | 'real',
  parts: ImportParts,
): Promise<RefusedLine | undefined> {
  const { username, claims = {} } = account
  const refused = { line, username, reason: 'an account here has that user name or e-mail address' }
  if (mode === 'real') return (await createAccount(account, parts)) === 'login_taken' ? refused : undefined
  const holders = await Promise.all(loginsOf({ username, claims }).map((login) => parts.accounts.findByLogin(login)))
  return holders.some((holder) => holder !== undefined) ? refused : undefined
}

function faultOfClaims(claims: Readonly<Record<string, Json>>): string | undefined {
  for (const [name, value] of Object.entries(claims)) {
    if (protocolClaims.has(name)) return `${name} is a claim that the protocol sets itself`
    const form = standardClaims.get(name)
    if (form?.fits(value) === false) return `the claim ${name} must be ${form.demand}`
  }
  return undefined
}

function parsed(written: string): Readonly<Record<string, Json>> | undefined {
  try {
    const value = JSON.parse(written) as Json
    return isMapping(value) ? value : undefined
  } catch {
    return undefined // said by the caller, with its line
  }
}

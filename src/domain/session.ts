import type { Account, Accounts, AccountState } from './account.ts'
import type { News } from './news.ts'
import type { Secrets } from '../kernel/secret.ts'
import type { Clock, EpochSeconds, Seconds } from '../kernel/time.ts'

/** One browser signed in to one account. */
export interface Session {
  readonly session_id: string
  /** Keyed hash of the cookie's value. */
  readonly session_hash: string
  readonly account_id: string
  /** When the person last proved who they are: `auth_time`, OpenID Connect Core §2. */
  readonly auth_time: EpochSeconds
  /** How: RFC 8176 values such as `pwd`. */
  readonly amr: readonly string[]
  readonly acr: string
  readonly created_at: EpochSeconds
  readonly last_seen_at: EpochSeconds
  /** When it ends if it stays unused; moved on by `touch`. */
  readonly idle_expires_at: EpochSeconds
  /** When it ends whatever happens. */
  readonly expires_at: EpochSeconds
  readonly ended_at?: EpochSeconds
  /** Network address and browser, as they were at sign-in, for the person's own list. */
  readonly address: string
  readonly user_agent: string
}

/** How long a person can look back at a sign-in, whatever became of it. */
export const signInMemory: Seconds = 30 * 86_400

/** What there is of a session that begins. */
export interface Beginning {
  readonly session: Session
  /** What was proved to be the person's, in the state in which it was. */
  readonly account: AccountState
  /**
   * The session that the browser had, over or not. It signs nobody in from then on, nor does the one that came in its
   * place meanwhile. Where it was the same person's, nobody signed out, and nobody is told: its clients are the new one's,
   * and what is bound to it goes on and ends with the new one.
   */
  readonly before?: Session | undefined
  readonly news?: News
}

/** A client that got in within a session, and is told when that ends. */
export interface SessionClient {
  /** The id of the message that tells it. */
  readonly message_id: string
  readonly session_id: string
  readonly account_id: string
  readonly client_id: string
  /** What its id_tokens name the session by: that of the session in which they were made. */
  readonly sid: string
  /** The session's longest life. */
  readonly expires_at: EpochSeconds
}

/** A client of a session that ended, with what is known of its answer. */
export interface ToldClient extends Pick<SessionClient, 'message_id' | 'client_id' | 'sid'> {
  /** When it confirmed that it ended its own session; undefined = not yet, or it is not told by us. */
  readonly confirmed_at?: EpochSeconds
}

/**
 * Port: where sessions live. An ended session's row stays until no token bound to it could still live, and as long as its
 * person can look back at it. Whatever ends a session queues in the same transaction what its clients are told (OpenID
 * Connect Back-Channel Logout §2.5).
 */
export interface Sessions {
  find(session_id: string): Promise<Session | undefined>
  /** Every session of an account that has not been ended, newest first; expiry is the caller's to judge. */
  listByAccount(account_id: string): Promise<readonly Session[]>
  /** The sign-ins of an account since a moment, whatever became of them, the newest first. */
  listSignIns(account_id: string, since: EpochSeconds, limit: number): Promise<readonly Session[]>
  /** Moves the idle end on. Does nothing to an ended session. */
  touch(session_id: string, last_seen_at: EpochSeconds, idle_expires_at: EpochSeconds): Promise<void>
  /**
   * Ends one session; of racing callers one is told `ended`, and its news alone is told. Everything bound to it is dead
   * from then on.
   */
  end(session_id: string, at: EpochSeconds, news?: News): Promise<'ended' | 'already_ended'>
  /** Ends every session of an account but one. Where none was left, no news is told. */
  endOthers(
    account_id: string,
    except: string | undefined,
    at: EpochSeconds,
    news?: News,
  ): Promise<'ended' | 'already_ended'>
  /** The clients that are told of a session's end. */
  listClients(session_id: string): Promise<readonly ToldClient[]>
  /** Notes that a client confirmed that it ended its own session. */
  confirm(message_id: string, at: EpochSeconds): Promise<void>
}

/** Tells whether a session still signs its browser in. */
export function isLive(
  { ended_at, idle_expires_at, expires_at }: Pick<Session, 'ended_at' | 'idle_expires_at' | 'expires_at'>,
  at: EpochSeconds,
): boolean {
  return ended_at === undefined && at < idle_expires_at && at < expires_at
}

/** A session and whose it is. */
export interface SignedIn {
  readonly session: Session
  /** Absent where the account is gone. */
  readonly account: Account | undefined
}

/**
 * Finds the live session that a cookie's value stands for; undefined for any value that is not exactly one of ours, so
 * that a malformed cookie is nobody (never somebody).
 */
export async function findSession(
  cookie: string | undefined,
  parts: { readonly sessions: Pick<Sessions, 'find'>; readonly secrets: Secrets },
  at: EpochSeconds,
): Promise<Session | undefined> {
  const find = async (session_id: string) => {
    const session = await parts.sessions.find(session_id)
    return session && { session }
  }
  return (await findBehind(cookie, find, parts, at))?.session
}

/** What stands before the hash of a session that was replaced: its cookie signs nobody in, whatever version of us reads it. */
export const replacedMark = 'replaced '

/**
 * Finds the session that a cookie's value stands for although it may be over. One that was idle for too long signs nobody
 * in, but what is bound to it goes on, and its clients wait to be told (RT-15). One that was replaced tells which one came
 * in its place, as where somebody presses twice: both come with the cookie of before.
 *
 * @param account_id who signs in: to anybody else a cookie that was replaced is of no use, not even to sign its owner out
 */
export async function findLeftBehind(
  cookie: string | undefined,
  account_id: string,
  { sessions, secrets }: { readonly sessions: Pick<Sessions, 'find'>; readonly secrets: Secrets },
): Promise<Session | undefined> {
  const read = cookie === undefined ? undefined : secrets.read('session', cookie)
  const session = read && (await sessions.find(read.id))
  if (session?.session_hash === read?.hash) return session
  const isReplaced = session?.session_hash === `${replacedMark}${read?.hash}`
  return isReplaced && session.account_id === account_id ? session : undefined
}

/** Finds the live session that a cookie's value stands for, as `findSession` does, and its account, disabled or not. */
export async function findSignedIn(
  cookie: string | undefined,
  parts: { readonly accounts: Pick<Accounts, 'findBySession'>; readonly secrets: Secrets },
  at: EpochSeconds,
): Promise<SignedIn | undefined> {
  return findBehind(cookie, async (session_id) => parts.accounts.findBySession(session_id), parts, at)
}

/**
 * Finds the live session that a cookie's value stands for, with whatever is found along with it.
 *
 * @param find asks for a session by its id, which anybody can make up: what it finds counts for nothing until the session
 *   is known to be the cookie's
 */
export async function findBehind<Found extends { readonly session: Session }>(
  cookie: string | undefined,
  find: (session_id: string) => Promise<Found | undefined>,
  { secrets }: { readonly secrets: Secrets },
  at: EpochSeconds,
): Promise<Found | undefined> {
  const read = cookie === undefined ? undefined : secrets.read('session', cookie)
  if (read === undefined) return undefined
  const found = await find(read.id)
  return found?.session.session_hash === read.hash && isLive(found.session, at) ? found : undefined
}

/**
 * Spells a session as one client may see it: the `sid` of its id_tokens and logout tokens, OpenID Connect Front-Channel
 * Logout §3. It lasts as long as the session; it differs from client to client, so that two of them cannot compare what they
 * have; and without our key nobody gets from it to the session.
 */
export function sidFor(session_id: string, client_id: string, { secrets }: { readonly secrets: Secrets }): string {
  return secrets.hash('sid', JSON.stringify([session_id, client_id]))
}

/** How long a session is used before that is noted again: its row need not change with every page. */
const noticedEvery: Seconds = 60

/** Notes that a session is in use, at most once a minute: its idle end moves on, its longest life does not. */
export async function keepSession(
  session: Session,
  parts: {
    readonly clock: Clock
    readonly sessions: Pick<Sessions, 'touch'>
    readonly settings: { readonly lifetimes: { readonly session_idle: Seconds } }
  },
): Promise<void> {
  const at = parts.clock()
  if (at - session.last_seen_at < noticedEvery) return
  const idle_expires_at = Math.min(at + parts.settings.lifetimes.session_idle, session.expires_at)
  await parts.sessions.touch(session.session_id, at, idle_expires_at)
}

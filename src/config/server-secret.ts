import { Hidden } from '../kernel/hidden.ts'
import type { Kind, Reading } from '../kernel/setting.ts'

/** The secret that everything at rest depends on: the pepper of hashes and the key of the keys. */
export interface ServerSecret {
  /** Undefined when the file it is to be in is not there yet. */
  readonly value: Hidden | undefined
  /** The file it is in, where it is in one. */
  readonly file: string | undefined
}

/** The shortest secret that is accepted, in bytes. */
const shortest = 32

/** A secret of at least 32 bytes in base64url, best in a file. */
export const serverSecret: Kind<ServerSecret> = {
  name: '`file:` and a path, or 32 random bytes in base64url',
  read(raw, at) {
    if (typeof raw !== 'string' || raw === '') return at.mistake('must be file:./licet.secret, or the secret itself')
    if (!raw.startsWith('file:')) return { value: checked(raw, at), file: undefined }
    const file = at.files.path(raw.slice('file:'.length))
    const held = textIn(file, at)
    return { value: held === undefined ? undefined : checked(held, at), file }
  },
}

/** The text of the file; undefined when it is not there, which a first start mends. */
function textIn(file: string, at: Reading): string | undefined {
  try {
    return at.files.text(file)?.trim()
  } catch (error) {
    return at.mistake(
      `names the file ${file}, which cannot be read (${error instanceof Error ? error.message : 'unknown'})`,
    )
  }
}

function checked(text: string, at: Reading): Hidden | undefined {
  if (!/^[A-Za-z0-9_-]+={0,2}$/.test(text)) return at.mistake('must be base64url: letters, digits, - and _')
  if (Buffer.from(text, 'base64url').length < shortest) {
    return at.mistake(`must be at least ${shortest} random bytes, which are 43 characters of base64url`)
  }
  return new Hidden(text)
}

import { userInfo } from 'node:os'

/** Who is at work, for the records. An account without an entry in passwd, as in some containers, has only its number. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.()}`
  }
}

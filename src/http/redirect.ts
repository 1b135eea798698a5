import type { Reply } from './classify.ts'
import { Failure } from './failure.ts'

const redirects = new Set([301, 302, 303, 307, 308])

export const maxRedirects = 5

/** Where a reply redirects to, or undefined where it does not. Throws Failure for a target we do not follow. */
export function redirectOf({ status, headers }: Reply, from: URL): URL | undefined {
  if (!redirects.has(status) || headers.location === undefined) return undefined
  const to = URL.canParse(headers.location, from.href) ? new URL(headers.location, from) : undefined
  const allowed = to?.protocol === 'https:' || to?.protocol === from.protocol
  if (!to || !allowed)
    throw new Failure('rejected', `redirected to ${to ? `a ${to.protocol}//` : 'a broken'} address during`, { status })
  return to
}

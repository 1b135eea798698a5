import type { Socket } from 'node:net'
import type { PostgresHost, SessionAttrs } from '../core/postgres-address.ts'

/** What a server says of itself. */
export interface ServerState {
  /** It only follows another one. */
  standby: boolean
  /** Its transactions are read-only unless a session says otherwise. */
  readOnly: boolean
}

const fits: Record<SessionAttrs, (state: ServerState) => boolean> = {
  any: () => true,
  'read-write': ({ standby, readOnly }) => !standby && !readOnly,
  'read-only': ({ standby, readOnly }) => standby || readOnly,
  primary: ({ standby }) => !standby,
  standby: ({ standby }) => standby,
  'prefer-standby': ({ standby }) => standby,
}

interface Choice {
  hosts: readonly [PostgresHost, ...PostgresHost[]]
  /** Undefined: one that can be written, or where there is none any that answers, which at least can be read. */
  attrs: SessionAttrs | undefined
  /** Asked over a connection of its own: postgres.js (3.4.9) tries several hosts without a pause and without end. */
  readState: (host: PostgresHost) => Promise<ServerState>
  /** Whether another host may do better after such an error. */
  isPassing: (error: unknown) => boolean
}

/** Opens connections to the first host that is as wanted, beginning with the one that was so the last time. */
export function openFirstFit({ hosts, attrs, readState, isPassing }: Choice) {
  let ordered = hosts
  const isFit = fits[attrs ?? 'read-write']
  const takesAny = attrs === undefined || attrs === 'prefer-standby'

  return async (open: (host: PostgresHost) => Promise<Socket>): Promise<Socket> => {
    const [first, ...more] = ordered
    if (more.length === 0) return await open(first)
    const reasons: string[] = []
    let other: PostgresHost | undefined
    let lastError: unknown
    for (const host of ordered) {
      try {
        const state = await readState(host)
        if (isFit(state)) {
          const socket = await open(host)
          ordered = [host, ...hosts.filter(one => one !== host)]
          return socket
        }
        other ??= host
        reasons.push(`${host.text} is ${state.standby ? 'a standby' : state.readOnly ? 'read-only' : 'a primary'}`)
      } catch (error) {
        if (!isPassing(error)) throw error
        lastError = error
        reasons.push(`${host.text}: ${(error as Error).message.split('\n')[0] || (error as { code?: string }).code}`)
      }
    }
    if (other && takesAny) return await open(other)
    const code = other ? noFit : (lastError as { code: string }).code
    throw Object.assign(new Error(`${other ? `none is ${attrs}: ` : ''}${reasons.join('; ')}`), { code })
  }
}

/** The code of the error where hosts answer and none is as wanted. */
export const noFit = 'NO_HOST_FITS'

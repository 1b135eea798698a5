import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, getCACertificates } from 'node:tls'
import { reasonOf } from '../core/config/problem.ts'
import { ConfigError } from '../core/errors.ts'
import type { PostgresAddress } from '../core/postgres-address.ts'
import type { Tls } from './socket.ts'

/** What `sslmode` and the files beside it ask for. @throws ConfigError where such a file cannot be used */
export function toTls({ sslmode, sslrootcert, sslcert, sslkey, sslpassword }: PostgresAddress): Tls | undefined {
  if (sslmode === 'disable') return undefined
  const verifies = sslmode === 'verify-ca' || sslmode === 'verify-full'
  const options = {
    rejectUnauthorized: verifies,
    ...(verifies && sslrootcert ? { ca: rootCertificates(sslrootcert) } : {}),
    // libpq: a certificate by a known authority is enough, whatever name is in it.
    ...(sslmode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
    ...(sslcert ? { cert: readPem('sslcert', sslcert) } : {}),
    ...(sslkey ? { key: readPem('sslkey', sslkey) } : {}),
    ...(sslpassword ? { passphrase: sslpassword } : {}),
  }
  return { demand: sslmode === 'prefer' ? 'if-offered' : 'always', options: { ...options, secureContext: contextOf(options) } }
}

/** `system`: those of the operating system, with those that Node is told of by NODE_EXTRA_CA_CERTS. */
function rootCertificates(from: string): string[] {
  if (from === 'system') return [...getCACertificates('system'), ...getCACertificates('extra')]
  const found = readPem('sslrootcert', from).match(/-----BEGIN ([A-Z ]*)CERTIFICATE-----.*?-----END \1CERTIFICATE-----/gs)
  try {
    if (found) return found.map(pem => new X509Certificate(pem).toString())
  } catch {} // said below
  throw new ConfigError(`sslrootcert=${from} in DATABASE_URL holds no certificate.`, { hint: 'It must be a file in PEM format.' })
}

function readPem(parameter: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const message = `${parameter}=${path} in DATABASE_URL cannot be used: ${reasonOf(error)}.`
    throw new ConfigError(message, { hint: 'Relative paths start in the working directory.' })
  }
}

/** Made once for all connections, and now, so that a key that does not fit is told by its name. */
function contextOf(options: Parameters<typeof createSecureContext>[0]) {
  try {
    return createSecureContext(options)
  } catch (error) {
    throw new ConfigError(`sslcert and sslkey in DATABASE_URL cannot be used: ${(error as Error).message}.`, {
      hint: 'They are a certificate and its key in PEM format; sslpassword is the key’s.',
      cause: error,
    })
  }
}

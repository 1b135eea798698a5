import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { createScratch } from './scratch.ts'
import { until } from './until.ts'

const parent = '/usr/lib/postgresql'
const version = existsSync(parent)
  ? readdirSync(parent).find(name => existsSync(join(parent, name, 'bin', 'postgres')))
  : undefined

/** For `test.skipIf`: prints why. */
export const noSystemPostgres = version === undefined

if (noSystemPostgres) process.stderr.write(`Skipped: there is no PostgreSQL of the system's own in ${parent}.\n`)

/** A certificate that nobody knows, and no way in without it. */
function demandTls(data: string): void {
  const [key, certificate] = [join(data, 'server.key'), join(data, 'server.crt')]
  const words = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=localhost',
    '-keyout',
    key,
    '-out',
    certificate,
  ]
  execFileSync('openssl', words, { stdio: 'ignore' })
  chmodSync(key, 0o600)
  appendFileSync(join(data, 'postgresql.conf'), 'ssl = on\n')
  writeFileSync(join(data, 'pg_hba.conf'), 'local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n')
}

/** PostgreSQL refuses to run as root. */
const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

export interface SystemPostgres extends AsyncDisposable {
  port: number
  /** Of its socket. */
  folder: string
  urlWith(password: string): string
}

export interface SystemPostgresOptions {
  /** It lets nobody in over TCP without TLS, and has a certificate that nobody knows. */
  tls?: boolean
  /** Lines of pg_hba.conf instead of those of initdb. */
  hba?: string[]
  settings?: Record<string, string>
  /** Files in its data directory. */
  files?: Record<string, string>
}

/** The system's PostgreSQL, an older version than the embedded one, on loopback and with a password. */
export async function startSystemPostgres(
  password: string,
  { tls = false, hba, settings = {}, files = {} }: SystemPostgresOptions = {},
): Promise<SystemPostgres> {
  const dir = createScratch()
  chmodSync(dir.path, 0o700)
  if (account.uid) chownSync(dir.path, account.uid, account.gid)
  const [bin, data, secret] = [join(parent, version ?? '', 'bin'), join(dir.path, 'data'), join(dir.path, 'secret')]
  writeFileSync(secret, password)
  if (account.uid) chownSync(secret, account.uid, account.gid)
  const port = await freePort()
  const how = { ...account, cwd: dir.path, stdio: 'ignore' as const }
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'sports', '--auth=scram-sha-256', `--pwfile=${secret}`, '--no-sync', '-E', 'UTF8'],
    how,
  )
  if (tls) {
    demandTls(data)
    if (account.uid) for (const name of ['server.key', 'server.crt']) chownSync(join(data, name), account.uid, account.gid)
  }
  for (const [name, content] of Object.entries({ ...files, ...(hba && { 'pg_hba.conf': `${hba.join('\n')}\n` }) })) {
    writeFileSync(join(data, name), content, { mode: 0o600 })
    if (account.uid) chownSync(join(data, name), account.uid, account.gid)
  }
  const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const listen = ['-p', String(port), '-h', '127.0.0.1', '-k', dir.path]
  const server = spawn(join(bin, 'postgres'), ['-D', data, ...listen, '-F', ...given], how)
  const ended = once(server, 'close')
  const ready = join(bin, 'pg_isready')
  await until('the server is ready', () => {
    try {
      execFileSync(ready, ['-h', '127.0.0.1', '-p', String(port)], how)
      return true
    } catch {
      return false
    }
  })
  return {
    port,
    folder: dir.path,
    urlWith: word => `postgres://sports:${word}@127.0.0.1:${port}/postgres`,
    [Symbol.asyncDispose]: async () => {
      server.kill('SIGINT')
      await ended
      dir[Symbol.dispose]()
    },
  }
}

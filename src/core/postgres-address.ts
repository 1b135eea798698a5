import { isIP } from 'node:net'
import { userName } from './user-name.ts'

/** How TLS is used. `allow` is the same as `prefer`, `no-verify` the same as `require` without a root certificate. */
export type SslMode = 'disable' | 'prefer' | 'require' | 'verify-ca' | 'verify-full'

const sslModes = new Map<string, SslMode>([
  ['disable', 'disable'],
  ['allow', 'prefer'],
  ['prefer', 'prefer'],
  ['require', 'require'],
  ['no-verify', 'require'],
  ['verify-ca', 'verify-ca'],
  ['verify-full', 'verify-full'],
])

/** `ssl=true` of other drivers, which libpq reads, too. */
const sslWords: Record<string, string> = { true: 'require', 1: 'require', false: 'disable', 0: 'disable' }

export const sessionAttrs = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const
export type SessionAttrs = (typeof sessionAttrs)[number]

export interface PostgresHost {
  /** As the address has it: a name, an IP address without brackets, or the folder of a Unix socket. TLS checks a certificate against it. */
  name: string
  /** Where to connect to instead of looking the name up. */
  ip?: string
  port: number
  /** Of a Unix socket. */
  path?: string
  /** For messages. */
  text: string
}

/** What an address says, in the meaning that libpq gives it. */
export interface PostgresAddress {
  hosts: [PostgresHost, ...PostgresHost[]]
  user: string
  password: string | undefined
  database: string
  sslmode: SslMode
  /** A file, or `system`. */
  sslrootcert?: string
  sslcert?: string
  sslkey?: string
  sslpassword?: string
  sessionAttrs?: SessionAttrs
  connectTimeoutS?: number
  /** Seconds of silence after which TCP asks whether the server is there; 0: never. */
  keepAliveS?: number
  /** As a value of the setting `search_path`; the schema of the user's own name, as in the server's default, is left out. */
  searchPath: string | undefined
  /** Other settings of each session, by their names in the server. */
  settings: Record<string, string>
  applicationName?: string
  /** What is left of `options`, sent when connecting: proxies of some hosting providers choose the server by it. */
  startupOptions?: string
  /** Parameters without effect here, for a warning. */
  ignored: string[]
}

/** What libpq's variables say where an address does not. */
const variables = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  dbname: 'PGDATABASE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
}

/** Settings of a session that may stand outside of `options`. */
const ownSettings = ['statement_timeout', 'idle_in_transaction_session_timeout']

/** Read below. */
const understood = new Set([
  ...Object.keys(variables),
  ...['hostaddr', 'ssl', 'sslpassword', 'connect_timeout', 'keepalives', 'keepalives_idle'],
  ...['options', 'schema', 'currentSchema', 'search_path', 'application_name'],
  ...ownSettings,
])

/** Parameters of libpq and of other tools that ask for what is done anyway. */
const asAlways = new Map([
  ['pgbouncer', /./], // Prisma's word for: no named prepared statements
  ['client_encoding', /^(utf-?8|auto)$/i],
  ['channel_binding', /^(disable|prefer)$/],
  ['gssencmode', /^(disable|prefer)$/],
  ['load_balance_hosts', /^disable$/],
  ['sslcompression', /^0$/],
  ['sslnegotiation', /^postgres$/],
  ['sslsni', /^1$/],
])

const escapes = 'In a user or password, @ : / ? # and % are written as %40 %3A %2F %3F %23 and %25.'

/** What is wrong with an address. It repeats nothing of it, because any part may be a piece of a password. */
class Refusal extends Error {
  readonly hint: string

  constructor(message: string, hint = escapes) {
    super(message)
    this.hint = hint
  }
}

/**
 * Reads `postgres://user:password@host:5432,[::1]:5433/name?parameter=value`. An address that could be read in two ways, because its
 * password is not percent-encoded, is refused.
 * @param env where libpq's own variables are
 */
export function parsePostgresAddress(
  said: string,
  env: Record<string, string | undefined> = {},
): { address: PostgresAddress } | { problem: string; hint: string } {
  try {
    const fromEnvironment = Object.entries(variables).flatMap(([name, variable]) => {
      const value = env[variable]
      return value ? [[name, value] as const] : []
    })
    return { address: toAddress(new Map([...fromEnvironment, ...parseParameters(said)])) }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { problem: `is not a Postgres address: ${error.message}`, hint: error.hint }
  }
}

/** The variables of libpq that an address leaves something to. */
export function variablesBehind(said: string, env: Record<string, string | undefined>): string[] {
  const given = parseParameters(said)
  return Object.entries(variables).flatMap(([name, variable]) => (env[variable] && !given.has(name) ? [variable] : []))
}

/** All parts of an address that was found to be one, as parameters of libpq, which names them so. */
export function parseParameters(said: string): Map<string, string> {
  const rest = /^postgres(?:ql)?:\/\/(.+)$/s.exec(said)?.[1]
  if (rest === undefined)
    throw new Refusal('it must begin with postgres:// or postgresql://', 'It is like postgres://user@host:5432/name.')
  const [, authority = '', path = '', query = ''] = /^([^/?]*)\/?([^?]*)\??(.*)$/s.exec(rest) ?? []
  // The first / or ? ends the user, password and hosts; what looks different may be the rest of a password.
  const isPlain = rest.split('@').length <= 2 && !/[@#]/.test(path + query) && !authority.includes('#')
  const pairs = query.split('&').filter(Boolean)
  if (!isPlain || !pairs.every(pair => /^[a-z][\w.-]*=/i.test(pair)))
    throw new Refusal('a character of its user or password is not percent-encoded')

  const [hosts = '', userInfo] = authority.split('@').reverse()
  const parameters = new Map<string, string>()
  const set = (name: string, value: string | undefined) => value && parameters.set(name, decode(value))
  const colon = userInfo?.indexOf(':') ?? -1
  set('user', colon < 0 ? userInfo : userInfo?.slice(0, colon))
  set('password', colon < 0 ? undefined : userInfo?.slice(colon + 1))
  const parsed = hosts.split(',').map(parseHost)
  set('host', hosts && parsed.map(({ name }) => name).join(','))
  if (parsed.some(({ port }) => port)) set('port', parsed.map(({ port }) => port).join(','))
  set('dbname', path)
  for (const pair of pairs) {
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    // Forms write a space as +; a password keeps it.
    set(name, name === 'options' ? value.replaceAll('+', '%20') : value)
  }
  return parameters
}

/** `name`, `name:port` or `[::1]:port`, still percent-encoded. */
function parseHost(said: string): { name: string; port: string } {
  const found = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(said)
  if (!found) throw wrongPort()
  const [, bracketed, plain = '', port = ''] = found
  if (bracketed !== undefined && isIP(bracketed.replace(/%25.*$/, '')) !== 6) throw wrongHost()
  return { name: bracketed ?? plain, port }
}

const wrongPort = () =>
  new Refusal('its port is not a number from 0 to 65535', `${escapes} An IPv6 address stands in brackets: [::1]:5432.`)
const wrongHost = () => new Refusal('its host is neither a name nor an IP address nor a folder')

function decode(text: string): string {
  if (/%(?![0-9a-f]{2})/i.test(text)) throw new Refusal('a % in it is not followed by two hexadecimal digits')
  try {
    const decoded = decodeURIComponent(text)
    if (!decoded.includes('\0')) return decoded
  } catch {} // not UTF-8: said below
  throw new Refusal('what a % in it stands for is not text in UTF-8')
}

function toAddress(said: Map<string, string>): PostgresAddress {
  const sslrootcert = said.get('sslrootcert')
  const ssl = said.get('ssl')
  const user = said.get('user')
  const options = parseOptions(said.get('options') ?? '')
  const { search_path, client_encoding = 'utf8', ...settings } = options.settings
  const all = [...said, ['client_encoding', client_encoding] as const]
  const applicationName = said.get('application_name')
  const seconds = (name: string) => whole(name, said.get(name))
  const timeoutS = seconds('connect_timeout')
  const keepAliveS = said.get('keepalives') === '0' ? 0 : seconds('keepalives_idle')
  const attrs = said.get('target_session_attrs')
  if (attrs !== undefined && !sessionAttrs.some(known => known === attrs)) throw noneOf('target_session_attrs', sessionAttrs)
  return {
    hosts: toHosts(said),
    user: user ?? userName(),
    password: said.get('password'),
    database: said.get('dbname') ?? user ?? 'postgres',
    sslmode: toSslMode(said.get('sslmode') ?? (ssl && (sslWords[ssl] ?? ssl)), sslrootcert),
    ...pick(said, 'sslcert', 'sslkey', 'sslpassword'),
    ...(sslrootcert === undefined ? {} : { sslrootcert }),
    ...(attrs === undefined ? {} : { sessionAttrs: attrs as SessionAttrs }),
    // As in libpq, 0 is no limit of the address's own and 1 counts as 2.
    ...(timeoutS ? { connectTimeoutS: Math.max(2, timeoutS) } : {}),
    ...(keepAliveS === undefined ? {} : { keepAliveS }),
    searchPath: withoutUser(search_path ?? said.get('search_path') ?? said.get('currentSchema') ?? quoted(said.get('schema'))),
    settings: { ...pick(said, ...ownSettings), ...settings },
    ...(applicationName === undefined ? {} : { applicationName }),
    ...(options.rest ? { startupOptions: options.rest } : {}),
    ignored: all.flatMap(([name, value]) => (understood.has(name) || asAlways.get(name)?.test(value) ? [] : [name])),
  }
}

const pick = (said: Map<string, string>, ...names: string[]): Record<string, string> =>
  Object.fromEntries(names.flatMap(name => (said.has(name) ? [[name, said.get(name) as string]] : [])))

const noneOf = (name: string, values: readonly string[]) =>
  new Refusal(`its ${name} is none of ${values.join(', ')}`, 'Correct that parameter.')

function whole(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d{1,6}$/.test(value)) throw new Refusal(`its ${name} is not a whole number of seconds`, 'Correct that parameter.')
  return Number(value)
}

function toHosts(said: Map<string, string>): PostgresAddress['hosts'] {
  const list = (name: string) => said.get(name)?.split(',')
  const ips = list('hostaddr')
  const names = list('host') ?? ips ?? ['localhost']
  const ports = list('port') ?? ['']
  if ((ports.length > 1 && ports.length !== names.length) || (ips && ips.length !== names.length))
    throw new Refusal('it does not have one port, or one hostaddr, for each host', 'Name as many as there are hosts.')
  const hosts = names.map((given, i): PostgresHost => {
    const name = given || 'localhost'
    const digits = ports[i] ?? ports[0] ?? ''
    const port = Number(digits || 5432)
    if (!/^\d*$/.test(digits) || port > 65_535) throw wrongPort()
    if (name.startsWith('/')) return { name, port, path: `${name.replace(/\/$/, '')}/.s.PGSQL.${port}`, text: name }
    if (/[\s\p{Cc}@:/\\]/u.test(name) && isIP(name) !== 6) throw wrongHost()
    const ip = ips?.[i]
    if (ip && !isIP(ip)) throw wrongHost()
    const shown = name.includes(':') ? `[${name}]` : name
    return { name, ...(ip ? { ip } : {}), port, text: digits ? `${shown}:${digits}` : shown }
  })
  return hosts as PostgresAddress['hosts']
}

/** A root certificate that is named is used: libpq, too, reads `require` as `verify-ca` then. */
function toSslMode(said: string | undefined, sslrootcert: string | undefined): SslMode {
  const mode = said === undefined ? undefined : sslModes.get(said)
  if (said !== undefined && mode === undefined) throw noneOf('sslmode', [...sslModes.keys()])
  if (sslrootcert === undefined) return mode ?? 'prefer'
  if (sslrootcert !== 'system') return said === 'require' || mode === undefined ? 'verify-ca' : mode
  if ((mode ?? 'verify-full') === 'verify-full') return 'verify-full'
  // Anyone can get a certificate that such a root has signed.
  throw new Refusal('sslrootcert=system needs sslmode=verify-full', 'Set sslmode=verify-full, or name a file in sslrootcert.')
}

/** `-c name=value`, `-cname=value` and `--name=value`; a backslash keeps a space. What is none of these is left. */
function parseOptions(said: string): { settings: Record<string, string>; rest: string } {
  const words = [...said.matchAll(/(?:\\.|[^\\\s])+/gs)].map(([word]) => word.replaceAll(/\\(.)/gs, '$1'))
  const settings: Record<string, string> = {}
  const rest: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    const setting = word === '-c' ? words[++i] : /^(?:-c|--)(.+)$/s.exec(word)?.[1]
    const [, name, value = ''] = /^([a-z][\w.-]*)=(.*)$/is.exec(setting ?? '') ?? []
    if (name) settings[name.toLowerCase().replaceAll('-', '_')] = value
    else if (setting === undefined) rest.push(word)
    else throw new Refusal('its options are not -c NAME=VALUE', 'Correct that parameter.')
  }
  return { settings, rest: rest.map(word => word.replaceAll(/[\\\s]/g, '\\$&')).join(' ') }
}

const withoutUser = (searchPath: string | undefined) =>
  searchPath
    ?.split(',')
    .filter(schema => !/^\s*(\$user|"\$user"|)\s*$/.test(schema))
    .join() || undefined

const quoted = (schema: string | undefined) =>
  schema && (/^[a-z_]\w*$/.test(schema) ? schema : `"${schema.replaceAll('"', '""')}"`)

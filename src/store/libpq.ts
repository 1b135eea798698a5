import { parseParameters, parsePostgresAddress } from '../core/postgres-address.ts'

/** Parameters of an address, and the variables of libpq for them. */
const variables: Readonly<Record<string, string>> = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  dbname: 'PGDATABASE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslcrl: 'PGSSLCRL',
  sslnegotiation: 'PGSSLNEGOTIATION',
  channel_binding: 'PGCHANNELBINDING',
  gssencmode: 'PGGSSENCMODE',
  requirepeer: 'PGREQUIREPEER',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  application_name: 'PGAPPNAME',
  client_encoding: 'PGCLIENTENCODING',
  options: 'PGOPTIONS',
}

/**
 * The variables by which programs with libpq (psql, pg_dump) reach the database of an address: so nothing of it, and no password, stands
 * among their arguments. What libpq does not know (`pgbouncer=true`) is left out.
 * @param name another database on the same server
 */
export function libpqVariables(address: string, name?: string): Record<string, string> {
  const said = parseParameters(address)
  const parsed = parsePostgresAddress(address)
  if ('address' in parsed) {
    const { sslmode, searchPath } = parsed.address
    // In words of libpq, which has fewer than other drivers.
    if (['sslmode', 'ssl', 'sslrootcert'].some(name => said.has(name))) said.set('sslmode', sslmode)
    const options = said.get('options') ?? ''
    if (searchPath && !options.includes('search_path'))
      said.set('options', `${options} -csearch_path=${searchPath.replaceAll(/[\\\s]/g, '\\$&')}`.trim())
  }
  const found = [...said].flatMap(([key, value]) => (variables[key] ? [[variables[key], value]] : []))
  return { ...Object.fromEntries(found), ...(name ? { PGDATABASE: name } : {}) }
}

/** An address without its passwords. */
export function withoutPassword(address: string): string {
  const [start = '', query] = address.replace(/^(\w+:\/\/[^/?@:]*):[^/?@]*@/, '$1@').split(/\?(.*)/s)
  const kept = query?.split('&').filter(pair => !/^(ssl)?password=/.test(pair))
  return kept && kept.length > 0 ? `${start}?${kept.join('&')}` : start
}

/** Another database on the same server. */
export const withName = (address: string, name: string): string =>
  address.replace(/^(\w+:\/\/[^/?]*)(?:\/[^?]*)?/, `$1/${encodeURIComponent(name)}`)

/** The address of a database whose server listens on a socket in a directory of this machine. */
export const socketAddress = ({ host, user }: { host: string; user: string }, name: string): string =>
  // The short name of a directory is this process's own; others find it under its number.
  `postgres://${user}@localhost/${name}?host=${encodeURIComponent(host.replace('/proc/self/', `/proc/${process.pid}/`))}`

/**
 * The environment of a program that uses a database: this process's with some variables, and without those that would lead libpq to another
 * database.
 * @param isOwn it is that of the embedded server
 */
export function withDatabase(variables: Record<string, string>, isOwn: boolean): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !(isOwn && /^PG(?!APPNAME|CLIENTENCODING|DATESTYLE|TZ)[A-Z_]+$/.test(name)),
  )
  return { ...Object.fromEntries(kept), ...variables }
}

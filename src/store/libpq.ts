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

/** Words of other drivers. */
const otherWords: Readonly<Record<string, Readonly<Record<string, string>>>> = { sslmode: { 'no-verify': 'require' } }

/**
 * The variables by which programs with libpq (psql, pg_dump) reach the database of an address: so nothing of it, and no password, stands
 * among their arguments. What libpq does not know (`pgbouncer=true`) is left out.
 * @param name another database on the same server
 */
export function libpqVariables(address: string, name?: string): Record<string, string> {
  const [, authority = '', path = '', query = ''] = /^\w+:\/\/([^/?]*)\/?([^?]*)\??(.*)$/s.exec(address) ?? []
  const [hosts = '', login = ''] = authority.split('@').reverse()
  const [user = '', ...password] = login.split(':')
  const parts = hosts.split(',').map(host => /^(?:\[(.*)\]|([^:]*))(?::(\d*))?$/.exec(host) ?? [])
  const said = {
    user,
    password: password.join(':'),
    host: hosts && parts.map(([, v6, plain = '']) => v6 ?? plain).join(','),
    port: parts.some(([, , , port]) => port) ? parts.map(([, , , port = '']) => port).join(',') : '',
    dbname: path,
    ...Object.fromEntries(query.split('&').map(pair => pair.split(/=(.*)/s).slice(0, 2) as [string, string])),
  }
  const found = Object.entries(said).flatMap(([key, value]) => {
    const [variable, text] = [variables[key], decodeURIComponent(value ?? '')]
    return variable && text !== '' ? [[variable, otherWords[key]?.[text] ?? text]] : []
  })
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

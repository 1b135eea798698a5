import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { urlTarget } from '../../src/store/target.ts'
import { type Certificates, createCertificates, noOpenssl } from '../support/certificates.ts'
import { runCli } from '../support/cli.ts'
import { noSystemPostgres, type SystemPostgres, startSystemPostgres } from '../support/system-postgres.ts'
import { expectOneLine } from '../support/told.ts'

const secret = 'pass-of-tls'
const files = (certificates: Certificates, server = 'server') => ({
  'server.crt': certificates.read(`${server}.pem`),
  'server.key': certificates.read(`${server}.key`),
  'ca.crt': certificates.read('ca.pem'),
})
const settings = { ssl: 'on', ssl_ca_file: 'ca.crt', listen_addresses: '127.0.0.1,::1' }

describe.skipIf(noOpenssl || noSystemPostgres)('a server that demands TLS', () => {
  let certificates: Certificates
  let server: SystemPostgres
  const addressWith = (query: string, host = '127.0.0.1', user = `sports:${secret}`) =>
    `postgres://${user}@${host}:${server.port}/postgres${query && `?${query}`}`
  const get = (query: string, host?: string, env = {}) =>
    runCli(['watermark', 'list', '--json'], { DATABASE_URL: addressWith(query, host), ...env })

  beforeAll(async () => {
    certificates = createCertificates()
    certificates.sign('server', { subject: 'server', altNames: 'IP:127.0.0.1,DNS:db.example.org' })
    certificates.sign('client', { subject: 'sports' })
    const hba = ['local all all trust', 'hostssl all reader all cert map=reader', 'hostssl all sports all scram-sha-256']
    server = await startSystemPostgres(secret, {
      hba,
      settings,
      files: { ...files(certificates), 'pg_ident.conf': 'reader sports reader\n' },
    })
    const admin = urlTarget(`postgres://sports@${encodeURIComponent(server.folder)}:${server.port}/postgres`, undefined).connect(
      {},
    )
    await admin`create role reader login in role pg_read_all_data`
    await admin.end()
    return async () => {
      await server[Symbol.asyncDispose]()
      certificates[Symbol.dispose]()
    }
  })

  test.each([
    ['nothing is said, as with psql', ''],
    ['sslmode=allow', 'sslmode=allow'],
    ['sslmode=prefer', 'sslmode=prefer'],
    ['sslmode=require, which verifies nothing', 'sslmode=require'],
    ['sslmode=no-verify', 'sslmode=no-verify'],
    ['ssl=true', 'ssl=true'],
  ])('is used where %s', async (_, query) => {
    expect(await get(query, 'localhost')).toMatchObject({ code: 0, stderr: '' })
  })

  test('is verified against sslrootcert: by its authority with verify-ca, by its name too with verify-full', async () => {
    const root = `sslrootcert=${certificates.ca}`
    for (const [query, host] of [
      [`sslmode=verify-ca&${root}`, 'localhost'],
      [`sslmode=verify-full&${root}`, '127.0.0.1'],
      // As a name server would say it.
      [`sslmode=verify-full&hostaddr=127.0.0.1&${root}`, 'db.example.org'],
    ] as const)
      expect(await get(query, host), query).toMatchObject({ code: 0, stderr: '' })
    const known = await get('sslrootcert=system', '127.0.0.1', { SSL_CERT_FILE: certificates.ca })
    expect(known, known.stderr).toMatchObject({ code: 0, stderr: '' })

    const fails = (query: string, host: string, says: RegExp) =>
      expectOneLine(['watermark', 'list'], { code: 101, says, env: { DATABASE_URL: addressWith(query, host) }, secret })
    const unknown =
      /^The database postgres at \S+ has a certificate that cannot be verified \(.+\)\. Hint: .*sslrootcert.*sslmode=require/
    await fails('sslmode=verify-full', '127.0.0.1', unknown)
    await fails('sslmode=verify-ca', '127.0.0.1', unknown)
    await fails(`sslmode=require&sslrootcert=${join(certificates.folder, 'server.pem')}`, '127.0.0.1', unknown)
    await fails(
      `sslmode=verify-full&${root}`,
      'localhost',
      /^The database postgres at localhost:\d+ has a certificate for another host \(.*localhost.*\)\. Hint: .*sslmode=verify-ca/,
    )
    await fails(
      'sslmode=verify-ca&sslrootcert=/no/such/file',
      '127.0.0.1',
      /^sslrootcert=\/no\/such\/file in DATABASE_URL cannot be used: there is no such file\. Hint: /,
    )
    await fails(
      `sslmode=verify-ca&sslrootcert=${join(certificates.folder, 'ca.key')}`,
      '127.0.0.1',
      /ca\.key in DATABASE_URL holds no certificate\. Hint: .*PEM/,
    )
    await fails(
      `sslcert=${certificates.ca}&sslkey=${certificates.ca}`,
      '127.0.0.1',
      /^sslcert and sslkey in DATABASE_URL cannot be used: .*Hint: /,
    )
  })

  test('says what is missing where it is asked without TLS, or for a certificate of the client', async () => {
    await expectOneLine(['watermark', 'list'], {
      code: 101,
      says: /^The database postgres at 127\.0\.0\.1:\d+ does not accept connections without TLS \(no pg_hba\.conf entry .*no encryption\)\. Hint: Set sslmode=require/,
      env: { DATABASE_URL: addressWith('sslmode=disable') },
      secret,
    })
    await expectOneLine(['watermark', 'list'], {
      code: 101,
      says: /does not accept connections from this host for this user and database \(no pg_hba\.conf entry .*SSL encryption\)\. Hint: Allow them in pg_hba\.conf/,
      env: { DATABASE_URL: addressWith('', '127.0.0.1', `nobody:${secret}`) },
      secret,
    })
    await expectOneLine(['watermark', 'list'], {
      code: 101,
      says: /demands a client certificate of this user \(.*\)\. Hint: Set sslcert and sslkey in DATABASE_URL\.$/,
      env: { DATABASE_URL: addressWith('', '127.0.0.1', 'reader') },
    })
    const own = `sslcert=${join(certificates.folder, 'client.pem')}&sslkey=${join(certificates.folder, 'client.key')}`
    expect(await runCli(['db', 'status'], { DATABASE_URL: addressWith(own, '127.0.0.1', 'reader') })).toMatchObject({ code: 0 })
  })

  test('one without TLS, and one whose certificate has expired', async () => {
    await using plain = await startSystemPostgres(secret)
    const url = `${plain.urlWith(secret)}?sslmode`
    expect(await runCli(['watermark', 'list'], { DATABASE_URL: `${url}=prefer` })).toMatchObject({ code: 0 })
    const says = /^The database .* does not offer TLS, which sslmode in DATABASE_URL demands\. Hint: .*sslmode=prefer/
    await expectOneLine(['watermark', 'list'], { code: 101, says, env: { DATABASE_URL: `${url}=require` }, secret })

    certificates.sign('old', { subject: 'server', altNames: 'IP:127.0.0.1', days: -1 })
    await using expired = await startSystemPostgres(secret, { settings, files: files(certificates, 'old') })
    await expectOneLine(['watermark', 'list'], {
      code: 101,
      says: /^The database .* has a certificate that is not valid now \(certificate has expired\)\. Hint: Renew/,
      env: { DATABASE_URL: `${expired.urlWith(secret)}?sslmode=verify-full&sslrootcert=${certificates.ca}` },
    })
  })
})

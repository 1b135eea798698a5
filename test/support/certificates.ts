import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createScratch } from './scratch.ts'

const program = 'openssl'

/** For `test.skipIf`: prints why. */
export const noOpenssl = spawnSync(program, ['version']).status !== 0

if (noOpenssl) process.stderr.write('Skipped: openssl is not installed.\n')

/** An authority and what it has signed, valid for two days; all in PEM. */
export interface Certificates extends Disposable {
  folder: string
  /** Where the authority's own certificate is. */
  ca: string
  read(name: string): string
  /** Makes NAME.pem and NAME.key. @param altNames as openssl has them: `IP:127.0.0.1,DNS:db.example.org` */
  sign(name: string, options: { subject: string; altNames?: string; days?: number }): void
}

export function createCertificates(): Certificates {
  const dir = createScratch()
  const run = (...words: string[]) => void execFileSync(program, words, { cwd: dir.path, stdio: 'ignore' })
  const newKey = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', `${name}.key`]
  run('req', '-x509', ...newKey('ca'), '-out', 'ca.pem', '-subj', '/CN=Authority of the tests', '-days', '2')
  return {
    folder: dir.path,
    ca: join(dir.path, 'ca.pem'),
    read: name => readFileSync(join(dir.path, name), 'utf8'),
    sign(name, { subject, altNames, days = 2 }) {
      const names = altNames ? ['-addext', `subjectAltName=${altNames}`] : []
      run('req', ...newKey(name), '-out', `${name}.csr`, '-subj', `/CN=${subject}`, ...names)
      const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-copy_extensions', 'copy']
      run('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...authority, '-days', String(days))
    },
    [Symbol.dispose]: () => dir[Symbol.dispose](),
  }
}

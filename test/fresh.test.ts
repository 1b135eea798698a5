import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const generated = ['oclif.manifest.json', 'README.md', 'drizzle']
let folder: string

// What is generated is copied, so that it may be spoilt; and dist, whose real place would end up in the manifest.
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sports-ingest-fresh-'))
  for (const name of ['node_modules', 'src']) symlinkSync(join(root, name), join(folder, name))
  for (const name of ['package.json', 'dist', ...generated]) cpSync(join(root, name), join(folder, name), { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true }))

function fresh(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin/fresh.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

const remedy = 'is out of date. Hint: run npm run generate, and commit what it writes.'
const read = (name: string) => readFileSync(join(folder, name), 'utf8')
const files = () => [...readdirSync(folder), ...readdirSync(join(folder, 'drizzle'), { recursive: true })].sort()

test('the manifest, the commands in README.md and the migrations are what the sources make them', () => {
  const before = files()
  expect(fresh()).toEqual({ status: 0, stdout: '', stderr: '' })
  expect(files()).toEqual(before)
})

test('a manifest and a README.md that lack something are named with the remedy, and written anew on demand', () => {
  const [manifest, readme] = [read('oclif.manifest.json'), read('README.md')]
  writeFileSync(join(folder, 'oclif.manifest.json'), manifest.replace('"watermark:get"', '"watermark:gone"'))
  writeFileSync(join(folder, 'README.md'), readme.replace('#### `watermark get', '#### `watermark gone'))
  expect(fresh()).toEqual({ status: 1, stdout: '', stderr: `oclif.manifest.json ${remedy}\nREADME.md ${remedy}\n` })

  expect(fresh('--write').status).toBe(0)
  expect([read('oclif.manifest.json'), read('README.md')]).toEqual([manifest, readme])
})

test('a table without its migration is named with the remedy, and nothing is written', () => {
  const migrations = join(folder, 'drizzle/migrations')
  const snapshot = readdirSync(join(migrations, 'meta')).findLast(name => name.endsWith('_snapshot.json')) as string
  const { tables, ...rest } = JSON.parse(read(`drizzle/migrations/meta/${snapshot}`))
  delete tables['public.dead_letters']
  writeFileSync(join(migrations, 'meta', snapshot), JSON.stringify({ ...rest, tables }))
  const before = files()
  expect(fresh()).toEqual({ status: 1, stdout: '', stderr: `drizzle/migrations ${remedy}\n` })
  expect(files()).toEqual(before)
})

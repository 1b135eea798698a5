import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createScratch } from '../support/scratch.ts'

const root = join(import.meta.dirname, '../..')
const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } }
const wanted = engines.node.replace('>=', '')

const majorOf = (node: string) => Number(execFileSync(node, ['-p', 'process.versions.node.split(".")[0]'], { encoding: 'utf8' }))
const old = ['/usr/bin/node', '/usr/local/bin/node'].find(
  node => existsSync(node) && majorOf(node) < Number(wanted.split('.')[0]),
)
if (!old) process.stderr.write('Skipped: the system has no Node that is too old.\n')

const line = (least: string) =>
  new RegExp(`^sports-ingest needs Node ${least} or newer; this is v\\d+\\.\\d+\\.\\d+\\. Hint: .*\\n$`)

test.skipIf(!old).each([[['--version']], [['schedule', 'daily', '--sandbox']]])('an old Node: 100 and one line (%j)', args => {
  const { status, stdout, stderr } = spawnSync(old as string, [join(root, 'bin/run.js'), ...args], { encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 100, stdout: '' })
  expect(stderr).toMatch(line(wanted))
})

function copyProgram(node: string) {
  const dir = createScratch()
  mkdirSync(join(dir.path, 'bin'))
  copyFileSync(join(root, 'bin/run.js'), join(dir.path, 'bin/run.js'))
  writeFileSync(
    join(dir.path, 'package.json'),
    JSON.stringify({ name: 'sports-ingest', version: '1.2.3', type: 'module', engines: { node } }),
  )
  return { ...dir, program: join(dir.path, 'bin/run.js') }
}

test('a program that wants a newer Node than this one says so: 100 and one line', () => {
  using copy = copyProgram('>=99.1')
  const { status, stdout, stderr } = spawnSync(process.execPath, [copy.program, 'schedule', 'daily'], { encoding: 'utf8' })
  expect({ status, stdout }).toEqual({ status: 100, stdout: '' })
  expect(stderr).toMatch(line('99.1'))
})

test('a program that was not built says so: 100 and one line', () => {
  using copy = copyProgram('>=1.0')
  const { status, stdout, stderr } = spawnSync(process.execPath, [copy.program, 'schedule', 'daily'], { encoding: 'utf8' })
  expect({ status, stdout, stderr }).toEqual({
    status: 100,
    stdout: '',
    stderr: 'sports-ingest is not built. Hint: Run npm run build.\n',
  })
})

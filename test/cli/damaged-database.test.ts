import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { processesIn } from '../store/embedded/processes.ts'
import { runCli } from '../support/cli.ts'
import { clusterIn } from '../support/data-directory.ts'
import { createScratch } from '../support/scratch.ts'
import { until } from '../support/until.ts'

const scratch = createScratch()
const whole = join(scratch.path, 'whole')
/** The directory of the database that the tables are in, and the file of one of them. */
let base = ''
let table = ''

beforeAll(async () => {
  const { code, stdout, stderr } = await runCli(
    [
      ...['db', 'query', '--csv'],
      `select 'base/' || oid, pg_relation_filepath('ingest_runs') from pg_database where datname = current_database()`,
    ],
    { SPORTS_INGEST_DATA_DIR: whole },
  )
  expect(code, stderr).toBe(0)
  const [, line = ''] = stdout.split('\n')
  ;[base = '', table = ''] = line.trim().split(',')
  await stopped(whole)
})
afterAll(() => scratch[Symbol.dispose]())

const stopped = async (dataDir: string) =>
  await until('no process of the server is left', () => processesIn(clusterIn(dataDir)).length === 0)

/** A copy of the directory, in which something is done to one file or directory. */
async function damage(name: string, harm: (path: string) => void) {
  const dataDir = join(scratch.path, 'damaged')
  execFileSync('cp', ['-a', whole, dataDir])
  harm(join(clusterIn(dataDir), name))
  return {
    dataDir,
    run: (...args: string[]) => runCli(args, { SPORTS_INGEST_DATA_DIR: dataDir }),
    async [Symbol.asyncDispose]() {
      await stopped(dataDir)
      rmSync(dataDir, { recursive: true })
    },
  }
}

const remove = (path: string) => rmSync(path, { recursive: true })
const empty = (path: string) => truncateSync(path)
const zero = (path: string) => writeFileSync(path, Buffer.alloc(statSync(path).size))

const anew =
  'Restore a backup of it, or move it away: the next command makes a new one, and schedule backfill loads the history again'

test.each<[name: string, how: string, harm: (path: string) => void, said: string, remedy?: string]>([
  ['global/pg_filenode.map', 'emptied', empty, 'could not read file "global/pg_filenode.map": read 0 of 524'],
  ['global/pg_filenode.map', 'zeros', zero, 'relation mapping file "global/pg_filenode.map" contains invalid data'],
  ['global/pg_control', 'gone', remove, 'but could not open file "CLUSTER/global/pg_control": No such file or directory'],
  ['global/pg_control', 'zeros', zero, 'database files are incompatible with server: The database cluster was initialized with'],
  ['base', 'gone', remove, 'database "postgres" does not exist: The database subdirectory "base/5" is missing'],
  ['BASE', 'gone', remove, 'database "sports_ingest" does not exist: The database subdirectory "BASE" is missing'],
  ['BASE/PG_VERSION', 'emptied', empty, 'File "BASE/PG_VERSION" does not contain valid data'],
  ['TABLE', 'gone', remove, 'could not open file "TABLE": No such file or directory'],
  ['pg_xact', 'gone', remove, 'Could not open file "pg_xact/0000": No such file or directory'],
  ['PG_VERSION', 'emptied', empty, 'CLUSTER/PG_VERSION has no version'],
  [
    'postgresql.conf',
    'zeros',
    zero,
    'configuration file "CLUSTER/postgresql.conf" contains errors',
    'Correct postgresql.conf, or remove it: the server works without it',
  ],
])('of a data directory, %s %s: one line says what is damaged and what to do', async (name, _how, harm, said, remedy = anew) => {
  const real = (text: string) => text.replace('BASE', base).replace('TABLE', table)
  await using damaged = await damage(real(name), harm)
  const { dataDir } = damaged
  const { code, stdout, stderr } = await damaged.run('db', 'query', 'select count(*) from ingest_runs')
  expect({ code, stdout }).toEqual({ code: 102, stdout: '' })
  expect(stderr.trimEnd().split('\n'), stderr).toHaveLength(1)
  expect(stderr).toContain(`The data directory ${dataDir} is damaged (`)
  expect(stderr).toContain(`${real(said).replace('CLUSTER', clusterIn(dataDir))}`)
  expect(stderr).toContain(`). Hint: ${remedy}. The log of its server is ${join(dataDir, 'postgres.log')}.`)
})

test('settings of the server that are gone are made again, for its own account alone', async () => {
  await using damaged = await damage('postgresql.conf', remove)
  const cluster = clusterIn(damaged.dataDir)
  rmSync(join(cluster, 'pg_hba.conf'))
  const { code, stderr } = await damaged.run('runs', 'list')
  expect(code, stderr).toBe(0)
  const made = readdirSync(cluster).filter(name => ['postgresql.conf', 'pg_hba.conf'].includes(name))
  const { uid } = statSync(cluster)
  for (const name of made) expect(statSync(join(cluster, name))).toMatchObject({ uid, mode: 0o100600 })
  expect(readFileSync(join(cluster, 'pg_hba.conf'), 'utf8')).toBe('local all all trust\n')
})

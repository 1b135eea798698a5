import { expect, test } from 'vitest'
import { runCli } from '../support/cli.ts'
import { createTestDatabase } from '../support/database.ts'
import { expectOneLine } from '../support/told.ts'

test.each(['SQL_ASCII', 'LATIN1'] as const)('a database in %s is refused before anything is made in it', async encoding => {
  await using store = await createTestDatabase({ empty: true, encoding })
  const says = new RegExp(
    `^The database ${store.name} has the encoding ${encoding}; it must be UTF8\\. Hint: .*ENCODING 'UTF8' TEMPLATE template0`,
  )
  for (const words of ['watermark list', 'schedule daily', 'db migrate', 'db status'])
    await expectOneLine(words.split(' '), { code: 101, says, env: { DATABASE_URL: store.url } })
  expect(await store.sql`select relname from pg_class where relnamespace = 'public'::regnamespace`).toEqual([])
})

test.each([
  ['games', 'create table games (id int); insert into games values (1)', 'relation "games" already exists'],
  ['a view', 'create view game_stats as select 1 as id', 'relation "game_stats" already exists'],
  ['a type', 'create type runs as (a int); create domain ingest_runs as int', 'type "ingest_runs" already exists'],
  ['our own table of migrations', 'create table ingest_migrations (id int)', 'column "created_at" does not exist'],
  ['the same, with times', 'create table ingest_migrations (created_at timestamptz)', 'cannot cast type'],
])('a database with something of the same name is left as it is: %s', async (_, statements, reason) => {
  await using store = await createTestDatabase({ empty: true })
  await store.sql.unsafe(statements)
  const names = () => store.sql`select relname from pg_class where relnamespace = 'public'::regnamespace order by 1`
  const before = await names()
  for (const words of [
    ['watermark', 'list'],
    ['db', 'migrate'],
  ])
    await expectOneLine(words, {
      code: 101,
      says: new RegExp(`^There is a table of another program in the database .*: ${reason}.*\\. Hint: .*options=-csearch_path`),
      env: { DATABASE_URL: store.url },
    })
  expect(await names()).toEqual(before)

  // The remedy.
  const env = { DATABASE_URL: `${store.url}${store.url.includes('?') ? '&' : '?'}options=-csearch_path%3Dours` }
  expect(await runCli(['watermark', 'list'], env)).toMatchObject({ code: 0, stderr: '' })
  expect(await names()).toEqual(before)
  expect(await store.sql`select schemaname from pg_tables where tablename = 'ingest_watermarks'`).toEqual([
    { schemaname: 'ours' },
  ])
})

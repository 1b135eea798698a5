import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { type CsvRow, csv } from '../support/csv.ts'
import { nflFiles } from '../support/hand-made-nfl.ts'
import { type NflLeague, startNflLeague } from '../support/nfl-league.ts'

const injuriesOnly = ['schedule', 'backfill', '--sport', 'nfl', '--season', '2024', '--only', 'injuries']

const names = ['Able Quist', 'Bram Oster', 'Cy Penrose', 'Dov Lark', 'Eno Marsh']
const injury = (n: number, more: CsvRow = {}): CsvRow => ({
  season: 2024,
  week: 3,
  team: 'KC',
  gsis_id: `00-009001${n}`,
  full_name: names[n],
  report_status: `Status ${n}`,
  practice_status: 'Limited',
  ...more,
})
const report = csv(names.map((_, n) => injury(n)))

const people = async ({ store: { sql } }: NflLeague): Promise<string[]> =>
  (await sql`select full_name || ': ' || report_status as person from nfl_injuries order by gsis_id`).map(row => row['person'])
const reasons = async ({ store: { sql } }: NflLeague): Promise<string[]> =>
  (await sql`select item || ': ' || message as reason from dead_letters where status = 'open' order by 1`).map(
    row => row['reason'],
  )

const all = names.map((name, n) => `${name}: Status ${n}`)

test('nobody gets the status of another because of a quote, and the next file that is right closes the letters', async () => {
  const files = { ...nflFiles(2024), injuries_2024: report.replace('Bram Oster', '"Bram "Bo" Oster"') }
  await using world = await startNflLeague(files)
  expect((await world.run(injuriesOnly)).code).toBe(1)
  expect(await people(world)).toEqual(all.filter((_, n) => n !== 1))
  expect(await reasons(world)).toEqual(['2024 line 3: Line 3 of injuries of 2024 has text behind a closing quote.'])

  files.injuries_2024 = report.replace('Bram Oster', '"Bram Oster').replace('Eno Marsh', '"Eno ""Em"" Marsh"')
  const refused = await world.run(injuriesOnly)
  expect(refused.code).toBe(1)
  // Which file, where, and what is wrong with it.
  const problem = 'has text behind a closing quote: which lines belong to it cannot be told'
  expect(await reasons(world)).toContainEqual(
    expect.stringMatching(
      `^2024: The record of lines 3 to 6 of injuries of 2024 ${problem}, in http:\\S+/injuries_2024\\.\\S+\\.$`,
    ),
  )
  expect(await people(world)).toEqual(all.filter((_, n) => n !== 1))

  files.injuries_2024 = report
  expect((await world.run(injuriesOnly)).code).toBe(0)
  expect(await people(world)).toEqual(all)
  expect(await reasons(world)).toEqual([])
})

test('a repeated key follows the file, and what contradicts it is kept and told, with exit code 0', async () => {
  const early = injury(0, { report_status: 'Questionable', date_modified: '2024-09-18T10:00:00Z' })
  const late = injury(0, { report_status: 'Doubtful', date_modified: '2024-09-20T20:00:00Z' })
  const former = injury(0, { report_status: 'Probable', date_modified: '2024-09-16T10:00:00Z' })
  const dateless = (record: CsvRow) => ({ ...record, date_modified: '' })
  const files = { ...nflFiles(2024), injuries_2024: csv([injury(1), early, late]) }
  await using world = await startNflLeague(files)
  expect((await world.run(injuriesOnly)).code).toBe(0)
  expect(await people(world)).toEqual(['Able Quist: Doubtful', all[1]])

  files.injuries_2024 = csv([injury(1), former, early])
  expect((await world.run(injuriesOnly)).code).toBe(0)
  expect(await people(world)).toEqual(['Able Quist: Questionable', all[1]])

  files.injuries_2024 = csv([injury(1), dateless(early), dateless(late)])
  const told = await world.run([...injuriesOnly, '--json'])
  expect(told.code).toBe(0)
  const [kept] = await world.store.sql`
    select report_status as status, extra->'contradicted_by'->0->>'report_status' as other from nfl_injuries where gsis_id = '00-0090010'`
  expect(new Set([kept?.['status'], kept?.['other']])).toEqual(new Set(['Questionable', 'Doubtful']))
  expect(JSON.parse(told.stdout).runs[0].findings).toEqual([
    {
      item: '2024:3:KC:00-0090010',
      check: 'contradicting-rows',
      message: `The file injuries of 2024 has 2 rows with the key 2024:3:KC:00-0090010 that contradict each other: report_status "${kept?.['status']}" and "${kept?.['other']}". The first is stored, and what else was said in its extra.`,
    },
  ])
  const again = await world.run([...injuriesOnly, '--restart'])
  expect(again.stdout).toContain('0 written: nothing had changed')
})

test('a key that no index can hold is a bad row beside the others, and no failure of the database', async () => {
  const long = randomBytes(6_000).toString('hex')
  const rows = [injury(0), injury(1), injury(2, { gsis_id: long }), injury(3, { gsis_id: long, week: 'three' })]
  await using world = await startNflLeague({ ...nflFiles(2024), injuries_2024: csv(rows) })
  const { code, stdout } = await world.run(injuriesOnly)
  expect(code).toBe(2)
  expect(stdout.length).toBeLessThan(2_000)
  expect(await people(world)).toEqual([all[0], all[1]])
  expect(await reasons(world)).toEqual([
    `2024 line 4: Line 4 of injuries of 2024 has "${long.slice(0, 40)}…" for gsis_id, which is not of type text.`,
    '2024 line 5: Line 5 of injuries of 2024 has "three" for week, which is not of type integer.',
  ])
})

test('nor does another id that no index can hold keep the players from being numbered', async () => {
  const long = randomBytes(6_000).toString('hex')
  const files = nflFiles(2024)
  await using world = await startNflLeague({ ...files, roster_2024: String(files['roster_2024']).replace(',9001,', `,${long},`) })
  expect((await world.run(['schedule', 'backfill', '--sport', 'nfl', '--season', '2024'])).code).toBe(1)
  expect(await reasons(world)).toEqual([expect.stringContaining('for espn_id, which is not of type text.')])
  const numbered = await world.store.sql`select count(*)::int as count from nfl_player_ids where system = 'espn'`
  expect(numbered).toEqual([{ count: 4 }])
})

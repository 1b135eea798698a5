import { describe, expect, test } from 'vitest'
import { type CsvRow, csv } from '../../support/csv.ts'
import { gameLine, type NflFiles, nflFiles, persons, rosterLine, snapLine, weekLine } from '../../support/hand-made-nfl.ts'
import { type NflWorld, startNflWorld } from '../../support/nfl-world.ts'

const [kc, bal] = persons as [(typeof persons)[number], (typeof persons)[number]]
const kansas = '2024_01_BAL_KC'
const stranger = { club: 'KC', name: 'Ned Nameless', gsis: '00-0000009', espn: '9009', pfr: 'NameNe00' }

/** Rosters and snap counts with these, and all else as it is. */
const filesWith = (rosters: readonly CsvRow[], snaps: readonly CsvRow[], players: readonly CsvRow[] = []): NflFiles => {
  const files = nflFiles(2024)
  files['roster_2024'] = csv(rosters)
  files['roster_weekly_2024'] = csv(rosters)
  files['snap_counts_2024'] = csv(snaps)
  const known = {
    gsis_id: '00-0000008',
    display_name: 'Old Timer',
    first_name: 'Old',
    last_name: 'Timer',
    esb_id: 'OLD1',
    position: 'QB',
  }
  files['players'] = csv([known, ...players])
  files['stats_player_week_2024'] = csv([weekLine(kc, 2024, 1), weekLine(bal, 2024, 1)])
  return files
}

const meaningOf = async ({ sql }: NflWorld): Promise<Record<string, string | null>> => {
  const rows = await sql<{ id: string; player: string | null }[]>`
    select system || ':' || id as id, player_id as player from nfl_player_ids order by 1`
  return Object.fromEntries(rows.map(({ id, player }) => [id, player]))
}

const namesOf = async ({ sql }: NflWorld): Promise<Record<string, string>> => {
  const rows = await sql<
    { id: string; name: string }[]
  >`select provider_id as id, name from players where sport = 'nfl' order by 1`
  return Object.fromEntries(rows.map(({ id, name }) => [id, name]))
}

test('a player is one row, whichever id a file calls him by', async () => {
  await using world = await startNflWorld(filesWith([rosterLine(kc, 2024), rosterLine(bal, 2024)], [snapLine(kc, kansas)]))
  expect((await world.backfill()).findings).toEqual([])
  expect(await namesOf(world)).toEqual({ [kc.gsis]: kc.name, [bal.gsis]: bal.name, '00-0000008': 'Old Timer' })
  expect(await meaningOf(world)).toMatchObject({
    [`gsis:${kc.gsis}`]: kc.gsis,
    [`espn:${kc.espn}`]: kc.gsis,
    [`pfr:${kc.pfr}`]: kc.gsis,
  })
})

test('an id that two players are said to have is given to neither, and is a finding', async () => {
  await using world = await startNflWorld(
    filesWith([rosterLine(kc, 2024), rosterLine(bal, 2024, { espn_id: kc.espn })], [snapLine(kc, kansas)]),
  )
  const { findings } = await world.backfill()
  expect(findings).toContainEqual({
    item: `espn:${kc.espn}`,
    check: 'disputed-id',
    message: `The espn id ${kc.espn} belongs to several players in the files, and is assigned to none: ${kc.gsis} ${bal.gsis}.`,
  })
  expect(await meaningOf(world)).toMatchObject({
    [`espn:${kc.espn}`]: null,
    [`pfr:${kc.pfr}`]: kc.gsis,
    [`pfr:${bal.pfr}`]: bal.gsis,
  })
  expect(Object.keys(await namesOf(world))).toContain(bal.gsis)
})

describe('an id of the league that two people have is given to neither, and neither are their other ids', () => {
  const double = { ...bal, gsis: kc.gsis }
  const born = (day: string) => ({ birth_date: day, esb_id: '', espn_id: '', pfr_id: '' })
  const told = {
    item: `gsis:${kc.gsis}`,
    check: 'disputed-id',
    message: `The gsis id ${kc.gsis} belongs to several players in the files, and is assigned to none: Adam BAL, Adam KC.`,
  }

  test.each<[string, () => NflFiles]>([
    ['in one file', () => filesWith([rosterLine(kc, 2024), rosterLine(double, 2024)], [snapLine(kc, kansas)])],
    [
      'in one file and club',
      () => filesWith([rosterLine(kc, 2024), rosterLine({ ...double, club: 'KC' }, 2024)], [snapLine(kc, kansas)]),
    ],
    [
      'in two files',
      () => ({
        ...filesWith([rosterLine(kc, 2024)], [snapLine(kc, kansas)]),
        roster_weekly_2024: csv([rosterLine(double, 2024)]),
      }),
    ],
    [
      'in players.csv',
      () =>
        filesWith(
          [rosterLine(kc, 2024)],
          [snapLine(kc, kansas)],
          [
            {
              gsis_id: kc.gsis,
              display_name: bal.name,
              first_name: 'Adam',
              last_name: 'BAL',
              esb_id: `ESB${bal.espn}`,
              position: 'QB',
            },
          ],
        ),
    ],
  ])('%s', async (_, files) => {
    await using world = await startNflWorld(files())
    const { findings } = await world.backfill()
    expect(findings?.filter(({ check }) => check === 'disputed-id')).toEqual([told])
    expect(await meaningOf(world)).toMatchObject({
      [`gsis:${kc.gsis}`]: null,
      [`espn:${kc.espn}`]: null,
      [`pfr:${kc.pfr}`]: null,
      [`esb:ESB${bal.espn}`]: null,
    })
  })

  test('by their days of birth alone, where there are no other ids', async () => {
    const rosters = [rosterLine(kc, 2024, born('1990-01-01')), rosterLine(double, 2024, born('1991-01-01'))]
    await using world = await startNflWorld(filesWith(rosters, [snapLine(kc, kansas)]))
    expect((await world.backfill()).findings).toContainEqual(told)
    expect(await meaningOf(world)).toMatchObject({ [`gsis:${kc.gsis}`]: null })
  })

  test.each<[string, CsvRow]>([
    ['with another name', { full_name: 'Ad KC' }],
    ['with another name and one other id', { full_name: 'Ad KC', espn_id: '9099' }],
    ['with another name and day of birth', { full_name: 'Ad KC', birth_date: '1990-01-02' }],
    ['with the name written otherwise, and other ids', { full_name: 'ADAM  K.C.', espn_id: '9099', pfr_id: 'x', esb_id: 'y' }],
  ])('but one person %s keeps it', async (_, more) => {
    const rosters = [
      rosterLine(kc, 2024, { birth_date: '1990-01-01' }),
      rosterLine(kc, 2024, { team: 'LV', birth_date: '1990-01-01', ...more }),
    ]
    await using world = await startNflWorld(filesWith(rosters, [snapLine(kc, kansas)]))
    expect((await world.backfill()).findings).not.toContainEqual(expect.objectContaining({ check: 'disputed-id' }))
    expect(await meaningOf(world)).toMatchObject({ [`gsis:${kc.gsis}`]: kc.gsis, [`espn:${kc.espn}`]: kc.gsis })
  })
})

test('thousands of people with one id are told in no time that grows with the square of them', async () => {
  const letters = (n: number) => [...String(n)].map(digit => 'abcdefghij'[Number(digit)]).join('')
  const others = Array.from({ length: 3_000 }, (_, n) =>
    rosterLine(kc, 2024, { full_name: `Ida ${letters(n)}`, esb_id: `E${n}`, espn_id: n, pfr_id: `p${n}` }),
  )
  const roster = csv([...persons.map(person => rosterLine(person, 2024)), ...others])
  await using world = await startNflWorld({ ...nflFiles(2024), roster_2024: roster })
  const before = performance.now()
  const { code, findings = [] } = await world.backfill()
  expect(code).toBe(0)
  expect(Math.max(...findings.map(({ message }) => message.length))).toBeLessThan(1_000)
  expect(performance.now() - before).toBeLessThan(15_000)
})

test('a player with two ids of one kind is a finding, and both ids mean that player', async () => {
  const rosters = [rosterLine(kc, 2024), rosterLine(kc, 2024, { team: 'LV', espn_id: '9099' })]
  await using world = await startNflWorld(filesWith(rosters, [snapLine(kc, kansas)]))
  const { findings } = await world.backfill()
  expect(findings).toMatchObject([
    { item: kc.gsis, check: 'several-ids', message: `Player ${kc.gsis} has several espn ids in the files: ${kc.espn} 9099.` },
  ])
  expect(await meaningOf(world)).toMatchObject({ [`espn:${kc.espn}`]: kc.gsis, 'espn:9099': kc.gsis })
})

test('a player that only snap counts list has that id, until a roster has the other ids, too', async () => {
  const snaps = [snapLine(kc, kansas), snapLine(stranger, kansas)]
  const files = filesWith([rosterLine(kc, 2024)], snaps)
  await using world = await startNflWorld(files)
  await world.backfill()
  expect(await namesOf(world)).toMatchObject({ 'pfr:NameNe00': 'Ned Nameless' })
  expect(await meaningOf(world)).toMatchObject({ 'pfr:NameNe00': 'pfr:NameNe00' })
  const before = await world.sql`select xmin::text from players union select xmin::text from nfl_player_ids`
  expect(await world.backfill()).toMatchObject({ code: 0, rows: { inserted: 0, updated: 0, deleted: 0 } })
  expect(await world.sql`select xmin::text from players union select xmin::text from nfl_player_ids`).toEqual(before)

  Object.assign(files, filesWith([rosterLine(kc, 2024), rosterLine(stranger, 2024)], snaps))
  const run = await world.backfill()
  expect(run.tables?.['players']).toEqual({ inserted: 1, updated: 0, deleted: 1 })
  const names = await namesOf(world)
  expect(names).toMatchObject({ '00-0000009': 'Ned Nameless' })
  expect(names).not.toHaveProperty('pfr:NameNe00')
  expect(await meaningOf(world)).toMatchObject({ 'pfr:NameNe00': '00-0000009' })
})

test('a player without an id of the league keeps the id of the Elias bureau until the league gives one', async () => {
  const unnumbered = rosterLine(stranger, 2024, { gsis_id: '' })
  const files = filesWith([rosterLine(kc, 2024), unnumbered], [snapLine(kc, kansas)])
  await using world = await startNflWorld(files)
  await world.backfill()
  expect(await namesOf(world)).toMatchObject({ 'esb:ESB9009': 'Ned Nameless' })
  files['roster_weekly_2024'] = csv([rosterLine(kc, 2024), rosterLine(stranger, 2024)])
  await world.backfill()
  const names = await namesOf(world)
  expect(names).toMatchObject({ '00-0000009': 'Ned Nameless' })
  expect(names).not.toHaveProperty('esb:ESB9009')
})

test('the name of the newest list counts', async () => {
  const files = filesWith([rosterLine(kc, 2024)], [snapLine(kc, kansas)])
  files['roster_weekly_2024'] = csv([
    rosterLine(kc, 2024, { week: 1 }),
    rosterLine(kc, 2024, { week: 3, full_name: 'Adam KC Jr.' }),
  ])
  await using world = await startNflWorld(files)
  await world.backfill()
  expect(await namesOf(world)).toMatchObject({ [kc.gsis]: 'Adam KC Jr.' })
})

test('clubs are the same ones under the names they had then, and lines find their games', async () => {
  const id = '2015_01_STL_SD'
  const [rams, chargers] = [
    { ...kc, club: 'LA' },
    { ...bal, club: 'LAC' },
  ]
  const files: NflFiles = {
    ...nflFiles(2015),
    games: csv([gameLine(id)]),
    stats_player_week_2015: csv([weekLine(rams, 2015, 1), weekLine(chargers, 2015, 1)]),
    roster_2015: csv([rosterLine({ ...kc, club: 'SL' }, 2015), rosterLine({ ...bal, club: 'SD' }, 2015)]),
    snap_counts_2015: csv([snapLine({ ...kc, club: 'STL' }, id)]),
  }
  await using world = await startNflWorld(files)
  expect(await world.backfill({ seasons: ['2015'] })).toMatchObject({ code: 0, findings: [] })
  expect(await world.sql`select away_team_id as away, home_team_id as home from games`).toEqual([{ away: 'LA', home: 'LAC' }])
  expect(await world.sql`select team, team_id as club from nfl_rosters order by 1`).toEqual([
    { team: 'SD', club: 'LAC' },
    { team: 'SL', club: 'LA' },
  ])
  expect(await world.sql`select team_id as club from nfl_snap_counts`).toEqual([{ club: 'LA' }])
  expect(await world.watermark('nfl:2015')).toBe(id)
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays } from '../../../src/core/days.ts'
import { createSeasons } from '../../../src/sandbox/nfl/season.ts'
import { createWorld, type Row } from './world.ts'

const world = createWorld()
const july = '2026-07-01T12:00:00Z'
const afterIt = '2027-03-01T12:00:00Z'
const before = world.games(july)
const after = world.games(afterIt)
const ofSeason = (rows: Row[], year: number) => rows.filter(row => row['season'] === String(year))
const regular = ofSeason(before, 2026)
const sidesOf = (row: Row) => [row['home_team'], row['away_team']]

describe('the list of games', () => {
  test('has the seasons from 1999 to the one whose schedule came out in May', () => {
    const seasons = (now: string) => [...new Set(world.games(now).map(row => row['season']))]
    const upTo = (last: number) => Array.from({ length: last - 1998 }, (_, index) => String(1999 + index))
    expect(seasons('2026-05-01T12:00:00Z')).toEqual(upTo(2025))
    expect(seasons(july)).toEqual(upTo(2026))
  })

  test('has as many games and weeks as the league had then, and clubs by the codes of that time', () => {
    const facts = [2010, 2016, 2020, 2021].map(year => {
      const rows = ofSeason(after, year)
      const regular = rows.filter(row => row['game_type'] === 'REG')
      const former = ['STL', 'SD', 'OAK'].filter(code => rows.some(row => sidesOf(row).includes(code)))
      return [regular.length, rows.length, rows.at(-1)?.['week'], former.join(' ')]
    })
    expect(facts).toEqual([
      [256, 267, '21', 'STL SD OAK'],
      [256, 267, '21', 'SD OAK'],
      [256, 269, '21', ''],
      [272, 285, '22', ''],
    ])
    for (const row of after) expect(row['game_id']?.split('_').slice(2)).toEqual([row['away_team'], row['home_team']])
  })

  test('is the same bytes at the same instant, and between two changes', () => {
    const at = (seed: number, now: string) => createWorld(seed).bytes.games(now)
    expect(at(7, afterIt).equals(at(7, afterIt))).toBe(true)
    expect(at(7, afterIt).equals(at(8, afterIt))).toBe(false)
    expect(world.bytes.games('2026-07-01T12:00:00Z')).toBe(world.bytes.games('2026-07-04T12:00:00Z'))
  })

  test('says nothing of a result before, and all of it after', () => {
    const empty = ['away_score', 'home_score', 'result', 'total', 'overtime', 'home_qb_id', 'referee']
    for (const row of regular) expect(empty.map(name => row[name]).join('')).toBe('')
    for (const row of after) {
      const [home, away] = [Number(row['home_score']), Number(row['away_score'])]
      expect([row['result'], row['total']]).toEqual([String(home - away), String(home + away)])
      expect(row['overtime']).toMatch(/^[01]$/)
    }
  })

  test('has each score some minutes after the end, and never another one', () => {
    const opener = regular[0] as Row
    const scoreAt = (now: string) => world.games(now).find(row => row['game_id'] === opener['game_id'])?.['home_score']
    expect(opener).toMatchObject({ gameday: '2026-09-09', weekday: 'Wednesday', gametime: '20:20' })
    expect(scoreAt('2026-09-10T03:00:00Z')).toBe('')
    expect(scoreAt('2026-09-10T04:30:00Z')).toMatch(/^\d+$/)
    expect(scoreAt(afterIt)).toBe(scoreAt('2026-09-10T04:30:00Z'))
  })

  test('has ids of one kind for one game only', () => {
    for (const name of ['game_id', 'old_game_id', 'gsis', 'pff', 'espn', 'ftn', 'pfr'])
      expect(new Set(after.map(row => row[name])).size, name).toBe(after.length)
    for (const row of after) expect(row['game_id']).toMatch(/^(1999|20\d\d)_[012]\d_[A-Z]{2,3}_[A-Z]{2,3}$/)
  })
})

describe('a season', () => {
  test('has 17 games of each club in 18 weeks, eight or nine at home, its free week between the 5th and the 14th', () => {
    expect(regular).toHaveLength(272)
    const clubs = Map.groupBy(
      regular.flatMap(row => sidesOf(row).map(club => ({ club, row }))),
      ({ club }) => club,
    )
    expect(clubs.size).toBe(32)
    for (const [club, games] of clubs) {
      const weeks = new Set(games.map(({ row }) => Number(row['week'])))
      const free = Array.from({ length: 18 }, (_, index) => index + 1).filter(week => !weeks.has(week))
      expect(free, club).toHaveLength(1)
      expect(free[0]).toBeGreaterThanOrEqual(5)
      expect(free[0]).toBeLessThanOrEqual(14)
      expect([8, 9]).toContain(games.filter(({ row }) => row['home_team'] === club).length)
      expect(games.filter(({ row }) => row['div_game'] === '1')).toHaveLength(6)
    }
  })

  test('has the rules of its weeks kept in any year of any seed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1999, max: 2060 }), (seed, year) => {
        const { games } = createSeasons(seed)(year)
        expect(games).toHaveLength(year < 2020 ? 267 : year < 2021 ? 269 : 285)
        const clubWeeks = games.flatMap(({ home, away, week }) => [home, away].map(club => `${club.code} ${week}`))
        expect(new Set(clubWeeks).size).toBe(clubWeeks.length)
        expect(games.at(-1)?.slot.day.slice(5)).toMatch(year < 2021 ? /^02-0[1-7]$/ : /^02-(0[89]|1[0-4])$/)
      }),
      { numRuns: 12 },
    )
  })

  test('is played at the times the league plays at', () => {
    const times = new Set(regular.map(row => `${row['weekday']?.slice(0, 3)} ${row['gametime']}`))
    const usual = ['Sun 13:00', 'Sun 16:05', 'Sun 16:25', 'Sun 20:20', 'Mon 20:15', 'Thu 20:15', 'Thu 12:30', 'Sat 20:15']
    for (const time of [...usual, 'Wed 20:20', 'Sun 09:30', 'Fri 15:00']) expect(times, time).toContain(time)
    expect(regular.filter(row => row['gameday'] === '2026-12-25')).toHaveLength(2)
    for (const row of regular) expect(row['location'] === 'Neutral').toBe(row['gametime'] === '09:30')
  })

  test('kicks off at one Eastern before and after the clocks go back', () => {
    const eventOf = (day: string) => {
      const row = regular.find(game => game['gameday'] === day && game['gametime'] === '13:00')
      return world.board(`dates=${day.replaceAll('-', '')}`, july).events.find(({ id }) => id === row?.['espn'])
    }
    expect(eventOf('2026-10-25')?.date).toBe('2026-10-25T17:00Z')
    expect(eventOf('2026-11-01')?.date).toBe('2026-11-01T18:00Z')
    expect(eventOf('2026-11-08')?.date).toBe('2026-11-08T18:00Z')
  })

  test('moves some games by a day and puts one off for longer; they keep their ids and weeks', () => {
    const later = new Map(after.map(row => [row['game_id'], row]))
    const moved = regular.filter(row => later.get(row['game_id'])?.['gameday'] !== row['gameday'])
    const days = moved.map(
      row => (Date.parse(later.get(row['game_id'])?.['gameday'] ?? '') - Date.parse(row['gameday'] ?? '')) / 86_400_000,
    )
    expect(days.filter(count => Math.abs(count) === 1).length).toBe(3)
    expect(days.filter(count => count === 2 || count === 3).length).toBe(1)
    for (const row of moved) {
      const now = later.get(row['game_id'])
      expect(['week', 'espn', 'old_game_id', 'pfr'].map(name => now?.[name])).toEqual(
        ['week', 'espn', 'old_game_id', 'pfr'].map(name => row[name]),
      )
    }
  })

  test('ends with play-offs whose games are listed once their sides are known', () => {
    const types = (now: string) =>
      Object.fromEntries(
        [...Map.groupBy(ofSeason(world.games(now), 2026), row => row['game_type'])].map(([type, rows]) => [type, rows.length]),
      )
    expect(types('2027-01-10T12:00:00Z')).toEqual({ REG: 272 })
    expect(types('2027-01-12T12:00:00Z')).toEqual({ REG: 272, WC: 6 })
    expect(types('2027-01-20T12:00:00Z')).toEqual({ REG: 272, WC: 6, DIV: 4 })
    expect(types('2027-01-26T12:00:00Z')).toEqual({ REG: 272, WC: 6, DIV: 4, CON: 2 })
    expect(types(afterIt)).toEqual({ REG: 272, WC: 6, DIV: 4, CON: 2, SB: 1 })
  })

  test('lets nobody into a round who lost in the one before, and has no ties there', () => {
    const post = ofSeason(after, 2026).filter(row => row['game_type'] !== 'REG')
    const lostIn = new Map<string | undefined, number>()
    for (const row of post) {
      expect(row['result']).not.toBe('0')
      for (const club of sidesOf(row)) expect(lostIn.has(club)).toBe(false)
      lostIn.set(Number(row['result']) > 0 ? row['away_team'] : row['home_team'], Number(row['week']))
    }
    expect(post.at(-1)).toMatchObject({ gameday: '2027-02-14', gametime: '18:30', location: 'Neutral' })
  })

  test('gives each club days of rest', () => {
    const days = Map.groupBy(
      ofSeason(after, 2026).flatMap(row => sidesOf(row).map(club => ({ club, day: row['gameday'] ?? '' }))),
      ({ club }) => club,
    )
    for (const [club, games] of days) {
      const sorted = games.map(({ day }) => day).sort()
      for (const [index, day] of sorted.slice(1).entries())
        expect(day >= addDays(sorted[index] as string, 3), `${club} ${day}`).toBe(true)
    }
  })
})

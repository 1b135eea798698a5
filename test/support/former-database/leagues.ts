import { csv } from '../csv.ts'
import { accessDenied, boxesOf, type HandMadeGame, type HandMadeLeague, idsOf } from '../hand-made-nba.ts'
import { gameIdsOf, gameLine, type NflFiles, nflFiles, persons, rosterLine, snapLine, toCome } from '../hand-made-nfl.ts'
import { reply } from '../provider-server.ts'

/** What stands for a provider's address in a dump. */
export const addressOf = (provider: string): string => `http://${provider.toLowerCase()}.former`

/** The days of the league, with the first id of each; the ids of a day follow each other. */
const days: readonly [day: string, first: number, count: number][] = [
  ['2024-10-22', 61, 3],
  ['2024-11-05', 101, 3],
  ['2024-11-20', 201, 3],
  ['2024-12-10', 301, 3],
  ['2025-01-14', 551, 3],
  ['2025-01-15', 561, 5],
  ['2025-01-16', 571, 3],
  ['2025-01-17', 581, 2],
]

const gameId = (n: number): string => `00224${String(n).padStart(5, '0')}`

/** Ids of the games that were planned for a day. */
export const idsOn = (day: string): string[] => {
  const [, first = 0, count = 0] = days.find(([candidate]) => candidate === day) ?? []
  return Array.from({ length: count }, (_, i) => gameId(first + i))
}

/** Postponed when the database was written: to the 18th and the 19th of January. */
export const [putOffInDecember, putOffInJanuary] = [gameId(303), gameId(573)]

/** Games with an open dead letter, and the day each was planned for. */
export const openLetters = {
  /** A box score that three daily runs have asked for: none tries it by itself any more. */
  exhausted: gameId(553),
  /** A schedule entry that cannot be read. */
  entry: gameId(562),
  /** A box score that two daily runs have asked for. */
  box: gameId(565),
  /** A box score that the backfill asked for. */
  ofBackfill: gameId(203),
}

/** Games whose dead letter was discarded: a malformed box score, and a schedule entry that cannot be read. */
export const discardedLetters = { box: gameId(563), entry: gameId(564) }

/** A game whose dead letter was resolved by `dead-letters retry`. */
export const resolvedLetter = gameId(552)

const malformedEntries = [openLetters.entry, discardedLetters.entry]

const malformedBox = () => reply(200, {}, { game: { gameId: discardedLetters.box } })

/** The games as they stand on the morning of a day; with `mended`, every schedule entry can be read. */
function gamesOn(today: string, { mended }: { mended: boolean }): HandMadeGame[] {
  return days.flatMap(([day], nthDay) =>
    idsOn(day).map((id, nth): HandMadeGame => {
      const home = 1610612737 + ((nthDay * 5 + nth) % 15) * 2
      const game: HandMadeGame = { id, day, sides: [home, home + 1] }
      if (id === putOffInDecember || id === putOffInJanuary) {
        const held = id === putOffInDecember ? '2025-01-18' : '2025-01-19'
        if (today <= '2025-01-17') return { ...game, status: 1, text: 'PPD' }
        return today > held ? { ...game, day: held } : { ...game, day: held, status: 1, text: '7:30 pm ET' }
      }
      const more = !mended && malformedEntries.includes(id) ? { more: { gameStatusText: 7 } } : {}
      return day < today ? { ...game, ...more } : { ...game, ...more, status: 1, text: '7:30 pm ET' }
    }),
  )
}

/**
 * The league on the morning of a day: what fails when the database is written still fails, or, with `mended`, all that is over can
 * be had.
 */
export function nbaOn(today: string, { mended = false } = {}): HandMadeLeague {
  const games = gamesOn(today, { mended })
  const refused = games.filter(({ id }) => [openLetters.exhausted, openLetters.box, openLetters.ofBackfill].includes(id))
  const boxes = mended ? {} : { ...boxesOf(refused, accessDenied), [discardedLetters.box]: malformedBox }
  return { games, boxes }
}

/** Box scores of this day, and those of the newest games, which tell whether the provider is down, are answered with 500. */
export function withoutAnswer(league: HandMadeLeague, day: string): HandMadeLeague {
  const silent = league.games.filter(game => game.day === day || game.day === '2025-01-16')
  return { ...league, boxes: { ...league.boxes, ...boxesOf(silent, () => reply(500)) } }
}

/** All games that are listed with these days. */
export const idsListedOn = ({ games }: HandMadeLeague, ...some: string[]): string[] =>
  idsOf(games.filter(({ day }) => some.includes(day)))

const [first, second] = persons as [(typeof persons)[0], (typeof persons)[0]]
const thirdWeek = '2024_03_KC_LAC'
const unreadableGame = '2024_03_BAL_LV'

const gameLines = (more: (id: string) => object | undefined) =>
  csv(
    [...gameIdsOf(2023), ...gameIdsOf(2024), thirdWeek, unreadableGame].map(id =>
      gameLine(id, { ...more(id) } as Record<string, string>),
    ),
  )

/**
 * The files of 2023 and 2024 on the 20th of September 2024. Each of these is a dead letter: no injuries and no team statistics of 2023,
 * no answer for the players, and a row that cannot be read in the games, the snap counts and the weekly rosters of 2024.
 */
export function nflFilesWhenWritten(): NflFiles {
  const { injuries_2023: _, stats_team_week_2023: __, ...files } = nflFiles(2023, 2024)
  const games2024 = gameIdsOf(2024)
  return {
    ...files,
    players: reply(500),
    games: gameLines(id => (id === thirdWeek ? toCome : id === unreadableGame ? { ...toCome, gameday: 'soon' } : undefined)),
    snap_counts_2024: csv([
      ...games2024.flatMap(id => persons.filter(({ club }) => id.includes(club)).map(person => snapLine(person, id))),
      snapLine({ ...first, pfr: 'BadRow00' }, games2024[0] as string, { week: 'x' }),
    ]),
    roster_weekly_2024: csv([
      ...persons.flatMap(person => [1, 2].map(week => rosterLine(person, 2024, { week }))),
      rosterLine({ ...second, gsis: '00-0000099' }, 2024, { week: 'x' }),
    ]),
  }
}

/** The same files without anything that ended in the dead letters. */
export function nflFilesMended(): NflFiles {
  return { ...nflFiles(2023, 2024), games: gameLines(id => (id === thirdWeek || id === unreadableGame ? toCome : undefined)) }
}

/** The games file after the third week was played. */
export const gamesAfterThirdWeek = (): string => gameLines(id => (id === unreadableGame ? { gameday: 'soon' } : undefined))

/** Files with a dead letter that is open, and with one that was discarded, by dataset and item. */
export const fileLetters = {
  open: [`games all ${unreadableGame}`, 'injuries 2023', 'players all', 'snap-counts 2024 2024_01_BAL_KC:BadRow00'],
  discarded: ['team-stats 2023', 'weekly-rosters 2024 2024:BAL:00-0000099:x'],
}

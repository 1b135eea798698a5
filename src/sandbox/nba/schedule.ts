import { addDays, type Day } from '../../core/days.ts'
import { startOfDay } from '../../core/zones.ts'
import { easternZone, hourMs, weekdayOf } from '../eastern.ts'
import type { Club } from './clubs.ts'
import { gameCode, utc } from './format.ts'
import type { Game } from './game.ts'
import { createRecords, type ListedGame } from './listing.ts'
import type { Season } from './season.ts'

/** The season's schedule file with its games as they stand, and when it was last written (ms since the epoch). */
export function scheduleFile(season: Season, listed: readonly ListedGame[], writtenAt: number) {
  const records = createRecords(season)
  const byDay = Map.groupBy(listed, ({ state }) => state.slot.day)
  const firstMonday = mondayOf(season.games.find(({ type }) => type === 'regular')?.slot.day ?? `${season.year}-10-17`)
  const gameDates = [...byDay].map(([day, games]) => {
    const midnightAt = startOfDay(day, easternZone).getTime()
    return {
      gameDate: `${day.slice(5, 7)}/${day.slice(8)}/${day.slice(0, 4)} 00:00:00`,
      games: games.map((entry, index) => scheduledGame(entry, { gameSequence: index + 1, midnightAt, records, firstMonday })),
    }
  })
  return {
    meta: {
      version: 1,
      request: `http://nba.cloud/league/00/${season.label}/scheduleleaguev2?Format=json`,
      time: new Date(writtenAt).toISOString(),
    },
    leagueSchedule: {
      seasonYear: season.label,
      leagueId: '00',
      gameDates,
      weeks: weeksFrom(firstMonday),
      broadcasterList: [
        {
          broadcasterId: broadcaster.broadcasterId,
          broadcasterDisplay: 'Sandbox TV',
          broadcasterAbbreviation: 'SBTV',
          broadcasterDescription: '',
          regionId: 1,
        },
      ],
    },
  }
}

type Records = ReturnType<typeof createRecords>

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** A civil time with a `Z` that is wrong: the real file writes local times so. */
const falselyUtc = (day: Day, minutes: number) => `${dayAfter(day, minutes)}T${timeOfDay(minutes)}Z`
const dayAfter = (day: Day, minutes: number) => (minutes < 0 ? addDays(day, -1) : day)
const timeOfDay = (minutes: number) => {
  const within = (minutes + 24 * 60) % (24 * 60)
  return `${String(Math.floor(within / 60)).padStart(2, '0')}:${String(within % 60).padStart(2, '0')}:00`
}

interface DayContext {
  gameSequence: number
  /** When the day begins in the East, in ms since the epoch. */
  midnightAt: number
  records: Records
  firstMonday: Day
}

function scheduledGame({ game, state }: ListedGame, { gameSequence, midnightAt, records, firstMonday }: DayContext) {
  const { slot, decided, score } = state
  // A game without sides has no time either: midnight Eastern stands for "to be announced".
  const minutes = decided ? slot.minutes : 0
  const at = utc(decided ? slot.tipOffAt : midnightAt)
  const record = decided ? records({ game, state }) : undefined
  const week = game.type === 'regular' ? 1 + Math.floor(daysBetween(firstMonday, slot.day) / 7) : 0
  return {
    gameId: game.gameId,
    gameCode: decided ? gameCode(slot.day, game.away.tricode, game.home.tricode) : gameCode(slot.day, '', ''),
    gameStatus: state.status,
    gameStatusText: state.statusText,
    gameSequence,
    gameDateEst: `${slot.day}T00:00:00Z`,
    gameTimeEst: `1900-01-01T${timeOfDay(minutes)}Z`,
    gameDateTimeEst: falselyUtc(slot.day, minutes),
    gameDateUTC: utc(midnightAt),
    gameTimeUTC: `1900-01-01${at.slice(10)}`,
    gameDateTimeUTC: at,
    awayTeamTime: falselyUtc(slot.day, minutes - (decided ? game.away.hoursBehindEastern * 60 : 0)),
    homeTeamTime: falselyUtc(slot.day, minutes - (decided ? game.home.hoursBehindEastern * 60 : 0)),
    day: days[weekdayOf(slot.day)],
    monthNum: Number(slot.day.slice(5, 7)),
    weekNumber: week,
    weekName: week > 0 ? `Week ${week}` : '',
    ifNecessary: false,
    seriesGameNumber: game.seriesGame,
    gameLabel: game.label,
    gameSubLabel: game.subLabel,
    seriesText: game.neutral ? 'Neutral Site' : record && game.seriesGame ? seriesText(game, record) : '',
    arenaName: decided ? game.home.arena : '',
    arenaState: decided ? game.home.state : '',
    arenaCity: decided ? game.home.city : '',
    postponedStatus: state.status === 3 ? 'N' : 'A',
    branchLink: '',
    gameSubtype: '',
    isNeutral: game.neutral,
    broadcasters: game.type === 'regular' && gameSequence > 1 ? localOnly : national,
    homeTeam: team(decided ? game.home : undefined, record?.home, score.home),
    awayTeam: team(decided ? game.away : undefined, record?.away, score.away),
    pointsLeaders: [],
  }
}

function team(club: Club | undefined, record: { wins: number; losses: number } | undefined, score: number) {
  return {
    teamId: club?.teamId ?? 0,
    teamName: club?.name ?? '',
    teamCity: club?.city ?? '',
    teamTricode: club?.tricode ?? '',
    teamSlug: club?.name.toLowerCase().replaceAll(' ', '-') ?? '',
    wins: record?.wins ?? 0,
    losses: record?.losses ?? 0,
    score,
    seed: 0,
  }
}

/** `HBF leads 2-1`, `Series tied 1-1`, `HBF wins 4-2` */
function seriesText({ home, away }: Game, record: ReturnType<Records>): string {
  const [homeWins, awayWins] = [record.home.wins, record.away.wins]
  if (homeWins === awayWins) return homeWins === 0 ? '' : `Series tied ${homeWins}-${awayWins}`
  const [club, most, least] = homeWins > awayWins ? [home, homeWins, awayWins] : [away, awayWins, homeWins]
  return `${club.tricode} ${most >= 4 ? 'wins' : 'leads'} ${most}-${least}`
}

const mondayOf = (day: Day): Day => addDays(day, -((weekdayOf(day) + 6) % 7))
const daysBetween = (from: Day, to: Day): number => (Date.parse(to) - Date.parse(from)) / (24 * hourMs)

const weeksFrom = (monday: Day) =>
  Array.from({ length: 26 }, (_, index) => ({
    weekNumber: index + 1,
    weekName: `Week ${index + 1}`,
    startDate: `${addDays(monday, 7 * index)}T00:00:00Z`,
    endDate: `${addDays(monday, 7 * index + 6)}T00:00:00Z`,
  }))

const broadcaster = {
  broadcasterScope: 'natl',
  broadcasterMedia: 'tv',
  broadcasterId: 1,
  broadcasterDisplay: 'Sandbox TV',
  broadcasterAbbreviation: 'SBTV',
  broadcasterDescription: '',
  tapeDelayComments: '',
  broadcasterVideoLink: '',
  regionId: 1,
  broadcasterTeamId: -1,
  broadcasterRanking: null,
  localizationRegion: '',
}

const localOnly = {
  nationalTvBroadcasters: [] as (typeof broadcaster)[],
  nationalRadioBroadcasters: [],
  nationalOttBroadcasters: [],
  homeTvBroadcasters: [],
  homeRadioBroadcasters: [],
  homeOttBroadcasters: [],
  awayTvBroadcasters: [],
  awayRadioBroadcasters: [],
  awayOttBroadcasters: [],
  intlRadioBroadcasters: [],
  intlTvBroadcasters: [],
  intlOttBroadcasters: [],
}

const national = { ...localOnly, nationalTvBroadcasters: [broadcaster] }

import type { GameRow } from '../../../src/pipeline/rows.ts'

/** A stored game of the Rams at the Cowboys, as the scoreboard has it at some moment. */
export const gameRow = (more: Partial<GameRow> = {}): GameRow => ({
  sport: 'nfl',
  provider: 'nfldata',
  providerId: '2024_01_LA_DAL',
  season: '2024',
  seasonType: 'regular',
  gameDate: '2024-09-08',
  startsAt: new Date('2024-09-08T17:00:00Z'),
  status: 'live',
  statusText: '4:25 - 2nd',
  period: 2,
  homeTeamId: 'DAL',
  awayTeamId: 'LA',
  homeScore: 10,
  awayScore: 7,
  venue: 'Field',
  ...more,
})

export const eventId = '401900001'

const types = {
  pre: { name: 'STATUS_SCHEDULED', state: 'pre', completed: false },
  in: { name: 'STATUS_IN_PROGRESS', state: 'in', completed: false },
  post: { name: 'STATUS_FINAL', state: 'post', completed: true },
  postponed: { name: 'STATUS_POSTPONED', state: 'post', completed: false },
}

const teams = {
  LAR: { id: '14', abbreviation: 'LAR' },
  DAL: { id: '6', abbreviation: 'DAL' },
  BAL: { id: '33', abbreviation: 'BAL' },
  KC: { id: '12', abbreviation: 'KC' },
}

export type Team = keyof typeof teams

const keys = {
  passing:
    'completions/passingAttempts passingYards yardsPerPassAttempt passingTouchdowns interceptions sacks-sackYardsLost adjQBR QBRating',
  rushing: 'rushingAttempts rushingYards yardsPerRushAttempt rushingTouchdowns longRushing',
  receiving: 'receptions receivingYards yardsPerReception receivingTouchdowns longReception receivingTargets',
  defensive: 'totalTackles soloTackles sacks tacklesForLoss passesDefended QBHits defensiveTouchdowns',
  interceptions: 'interceptions interceptionYards interceptionTouchdowns',
  kicking:
    'fieldGoalsMade/fieldGoalAttempts fieldGoalPct longFieldGoalMade extraPointsMade/extraPointAttempts totalKickingPoints',
}

export interface Group {
  name: string
  keys: string[]
  athletes: { athlete: { id: string; displayName: string; jersey?: string }; stats: string[] }[]
}

/** A group of a club: values by athlete, in the order of the keys. */
export const group = (name: keyof typeof keys, values: Record<string, string> = {}): Group => ({
  name,
  keys: keys[name].split(' '),
  athletes: Object.entries(values).map(([id, stats]) => ({
    athlete: { id, displayName: `Athlete ${id}`, jersey: id.slice(-2) },
    stats: stats.split(' '),
  })),
})

/** One player of each club, in two groups; a group with nobody. */
export const usualGroups = (): Record<'LAR' | 'DAL', Group[]> => ({
  LAR: [group('passing', { 9001: '13/22 162 7.4 1 1 2-14 -- 78.2' }), group('rushing', { 9001: '1 9 9.0 0 9' })],
  DAL: [group('receiving', { 9002: '3 -2 -0.7 0 4 5' }), group('interceptions')],
})

export const injury = (id: string, more: object = {}) => ({
  status: 'Questionable',
  date: '2024-09-07T19:01Z',
  athlete: { id, displayName: `Athlete ${id}`, position: { abbreviation: 'QB' } },
  details: { type: 'Groin', location: 'Groin', detail: 'Not Specified', side: 'Left', returnDate: '2024-09-15' },
  ...more,
})

interface Parts {
  id?: string
  state?: keyof typeof types
  clubs?: readonly [away: Team, home: Team]
  scores?: [away: string, home: string]
  players?: { team: object; statistics: unknown[] }[] | undefined
  injuries?: { team: object; injuries: unknown[] }[]
}

export const sides = (groups: Partial<Record<Team, unknown[]>>) =>
  Object.entries(groups).map(([team, statistics]) => ({ team: teams[team as Team], statistics }))

/** A summary in ESPN's shape, with what is read of it. */
export function summary({
  id = eventId,
  state = 'in',
  clubs = ['LAR', 'DAL'],
  scores = ['7', '10'],
  players = sides(usualGroups()),
  injuries,
}: Parts = {}) {
  const competitors = [
    { homeAway: 'home', team: teams[clubs[1]], ...(state === 'pre' ? {} : { score: scores[1] }) },
    { homeAway: 'away', team: teams[clubs[0]], ...(state === 'pre' ? {} : { score: scores[0] }) },
  ]
  return {
    boxscore: { teams: [], players },
    injuries: injuries ?? [
      { team: teams.DAL, injuries: [injury('9002')] },
      { team: teams.LAR, injuries: [] },
    ],
    header: { id, competitions: [{ id, competitors, status: { type: types[state] } }] },
  }
}

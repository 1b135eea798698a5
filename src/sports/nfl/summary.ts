import * as z from 'zod'
import { PayloadError } from '../../core/errors.ts'
import type { Finding, GameRow, GameStatus } from '../../pipeline/rows.ts'
import { espn } from '../../providers/espn.ts'
import type { MergeRow } from '../../store/merge.ts'
import { readPayload } from '../read-payload.ts'
import type { Fail } from './box-score-cells.ts'
import { clubOf } from './clubs.ts'
import { competitor, eventStatusType, scoreOf, statusOf } from './espn-status.ts'
import { boxScore, toLines } from './summary-lines.ts'

const header = z.looseObject({
  header: z.looseObject({
    id: z.string(),
    competitions: z
      .array(
        z.looseObject({
          status: z.looseObject({ type: eventStatusType }),
          competitors: z
            .array(competitor.extend({ team: z.looseObject({ id: z.string(), abbreviation: z.string() }) }))
            .length(2),
        }),
      )
      .min(1),
  }),
})

const athlete = z.looseObject({
  id: z.string().regex(/^\d+$/),
  displayName: z.string(),
  position: z.looseObject({ abbreviation: z.string().nullish() }).nullish(),
})

const injuryList = z.looseObject({
  injuries: z.array(
    z.looseObject({
      team: z.looseObject({ id: z.string() }),
      injuries: z.array(
        z.looseObject({
          status: z.string(),
          // Without seconds: `2025-08-31T19:01Z`.
          date: z.string().refine(text => !Number.isNaN(Date.parse(text)), 'no instant'),
          athlete,
          details: z
            .looseObject({
              type: z.string().nullish(),
              location: z.string().nullish(),
              detail: z.string().nullish(),
              side: z.string().nullish(),
              returnDate: z.iso.date().nullish(),
            })
            .nullish(),
        }),
      ),
    }),
  ),
})

type Header = z.infer<typeof header>['header']
type Injuries = z.infer<typeof injuryList>['injuries']

/** Which event was asked for, and of which of our games. */
export interface SummaryOf {
  eventId: string
  game: GameRow
}

/**
 * What one summary says of a game's players, `player_id` left out, and of the game's state. Its `injuries` are undefined where the list says
 * nothing about this game.
 * @throws PayloadError where it has another shape, or is about another event or other clubs
 */
export function readSummary(payload: unknown, of: SummaryOf) {
  const name = `The summary of event ${of.eventId} (${of.game.providerId})`
  const read = <T>(schema: z.ZodType<T>): T => readPayload(schema, payload, `${name} is malformed`)
  const fail: Fail = problem => {
    throw new PayloadError(`${name} ${problem}.`)
  }
  const head = read(header).header
  if (head.id !== of.eventId) fail(`is about event ${head.id}`)
  const clubs = clubsOf(head, of.game, fail)
  const status = statusOf((head.competitions[0] as Competition).status.type)
  // Before kick-off the box score holds averages of the season in the place of the game's numbers.
  const played = status === 'live' || status === 'final'
  const lines = played ? toLines(read(boxScore).boxscore, { ...of, clubs, isFinal: status === 'final' }, fail) : []
  const injuries = listsOwnInjuries(status, of.game) ? toInjuries(read(injuryList).injuries, of, clubs, fail) : undefined
  return { status, lines, injuries, findings: status === 'final' ? findingsOf(head, of.game, clubs) : [] }
}

type Competition = Header['competitions'][number]

/** The game's clubs by ESPN's numbers. */
function clubsOf(head: Header, game: GameRow, fail: Fail): ReadonlyMap<string, string> {
  const teams = (head.competitions[0] as Competition).competitors.map(({ team }) => team)
  const clubs = new Map(teams.map(({ id, abbreviation }) => [id, clubOf(abbreviation, Number(game.season)) ?? abbreviation]))
  const [said, ours] = [[...clubs.values()], [game.awayTeamId, game.homeTeamId]].map(list => list.sort().join(' and '))
  if (said !== ours) fail(`is about ${said}, not ${ours}`)
  return clubs
}

/**
 * The list of injuries is that of the day it is asked for, in the summary of an old game, too. It belongs to this game only while the
 * game is ahead or on, and both have to say so: the summary, because our row may be behind, and the row, because a summary may come
 * from a cache. What was listed last before the end stays.
 */
function listsOwnInjuries(status: GameStatus, game: GameRow): boolean {
  const isOpen = (state: GameStatus) => state === 'scheduled' || state === 'live'
  return isOpen(status) && isOpen(game.status)
}

function toInjuries(teams: Injuries, { eventId, game }: SummaryOf, clubs: ReadonlyMap<string, string>, fail: Fail): MergeRow[] {
  const rows = new Map<string, MergeRow & { date: Date }>()
  for (const { team, injuries } of teams) {
    const club = clubs.get(team.id)
    if (!club) fail(`lists injuries of team ${team.id}, which does not play`)
    for (const { athlete: who, status, date, details } of injuries) {
      const row = {
        provider: espn.id,
        providerId: `${eventId}:${who.id}`,
        espn_event_id: eventId,
        espn_athlete_id: who.id,
        game_id: game.providerId,
        team_id: club,
        name: who.displayName.trim(),
        position: who.position?.abbreviation || null,
        status,
        date: new Date(date),
        type: details?.type || null,
        location: details?.location || null,
        detail: details?.detail || null,
        side: details?.side || null,
        return_date: details?.returnDate ?? null,
      }
      // A player may be listed twice, also by a former club: the latest entry counts.
      const other = rows.get(who.id)
      if (!other || other.date < row.date) rows.set(who.id, row)
    }
  }
  return [...rows.values()]
}

/** The scoreboard decides what the score is; a summary that says another one of a game that is over should be looked at. */
function findingsOf(head: Header, game: GameRow, clubs: ReadonlyMap<string, string>): Finding[] {
  const sides = (head.competitions[0] as Competition).competitors
  const [home, away] = [game.homeTeamId, game.awayTeamId].map(club =>
    scoreOf(sides.find(({ team }) => clubs.get(team.id) === club)),
  )
  if (game.status !== 'final' || (home === game.homeScore && away === game.awayScore)) return []
  const message = `Game ${game.providerId} ended ${game.awayScore}-${game.homeScore}; its summary says ${away}-${home}.`
  return [{ item: game.providerId, check: 'final-score', message }]
}

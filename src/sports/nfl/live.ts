import * as z from 'zod'
import { PayloadError } from '../../core/errors.ts'
import { dayOf } from '../../core/zones.ts'
import type { LiveFeed, LiveGame } from '../../pipeline/live-feed.ts'
import { espn, nflScoreboardPath } from '../../providers/espn.ts'
import { readLiveGames, readPayload } from '../read-payload.ts'
import { clubOf, zone } from './clubs.ts'
import { competitor, eventStatusType, type Side, scoreOf, sideOf, statusOf } from './espn-status.ts'
import { liveLines } from './live-lines.ts'

const event = z.looseObject({
  id: z.string(),
  // Without seconds: `2022-09-11T17:00Z`.
  date: z.string().refine(text => !Number.isNaN(Date.parse(text)), 'no instant'),
  status: z.looseObject({
    period: z.int32(),
    type: eventStatusType.extend({ shortDetail: z.string() }),
  }),
  competitions: z.array(z.looseObject({ competitors: z.array(competitor) })).min(1),
})

type Event = z.infer<typeof event>

const scoreboard = z.looseObject({ events: z.array(z.unknown()) })

const minuteMs = 60_000

/** ESPN's scoreboard of each day with games, and its summary of each game. The final lines come from nflverse's files, after the games. */
export const nflLive: LiveFeed = {
  provider: espn,
  dataset: 'scoreboard',
  path: nflScoreboardPath,
  parse: parseScoreboard,
  aliases: async (sql, ids) => {
    // Of a game that was moved to another week there are two, and the former was called off.
    const rows = await sql<{ espn: string; id: string }[]>`
      select distinct on (n.espn) n.espn, n.game_id as id
      from nfl_games n left join games g on g.sport = 'nfl' and g.provider_id = n.game_id
      where n.espn in ${sql(['', ...ids])} order by n.espn, g.status = 'cancelled', g.game_date desc, n.game_id collate "C" desc`
    return new Map(rows.map(row => [row.espn, row.id]))
  },
  datasets: [liveLines],
  usualHours: [
    { weekdays: [0], from: '13:00', to: '23:00' },
    { weekdays: [1, 4], from: '20:00', to: '23:00' },
  ],
  typicalMs: 195 * minuteMs,
}

/** @throws PayloadError where it is no scoreboard */
export function parseScoreboard(payload: unknown): ReturnType<LiveFeed['parse']> {
  const { events } = readPayload(scoreboard, payload, 'espn sent an invalid scoreboard')
  return readLiveGames(event, events, { id: 'id', what: "The scoreboard's event" }, toLiveGame)
}

function toLiveGame(entry: Event): LiveGame {
  const { id, date, status, competitions } = entry
  const [home, away] = (['home', 'away'] as const).map(place => sideOf(competitions[0]?.competitors, place))
  const now = statusOf(status.type)
  const played = now === 'live' || now === 'final'
  const [homeTeamId, awayTeamId] = [clubIdOf(home), clubIdOf(away)]
  const unscored = [home, away].find(side => scoreOf(side) === null)
  if (now === 'final' && unscored)
    throw new PayloadError(
      `The scoreboard's event ${id} is final without a score of ${clubIdOf(unscored)}; it is asked for again.`,
    )
  return {
    id,
    day: dayOf(new Date(date), zone),
    sides: { homeTeamId, awayTeamId },
    name: `${awayTeamId}-${homeTeamId}`,
    state: {
      status: now,
      statusText: status.type.shortDetail.trim() || null,
      period: played ? status.period : null,
      homeScore: played ? scoreOf(home) : null,
      awayScore: played ? scoreOf(away) : null,
    },
    raw: entry,
  }
}

/** ESPN has other codes for some clubs: WSH, LAR. */
function clubIdOf(side: Side): string {
  const code = side?.team.abbreviation ?? '?'
  return clubOf(code) ?? code
}

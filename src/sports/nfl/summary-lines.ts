import * as z from 'zod'
import type { GameRow } from '../../pipeline/rows.ts'
import { espn } from '../../providers/espn.ts'
import type { MergeRow } from '../../store/merge.ts'
import { storableJson } from '../../store/text.ts'
import { boxScoreCells, type Fail, readCell } from './box-score-cells.ts'

const group = z.looseObject({
  name: z.string(),
  keys: z.array(z.string()),
  // Empty for a group with nobody.
  athletes: z.array(
    z.looseObject({
      athlete: z.looseObject({ id: z.string().regex(/^\d+$/), displayName: z.string(), jersey: z.string().nullish() }),
      stats: z.array(z.string()),
    }),
  ),
})

/** The part of a summary with the players' lines. It has no `players` before the first play. */
export const boxScore = z.looseObject({
  boxscore: z.looseObject({
    players: z.array(z.looseObject({ team: z.looseObject({ id: z.string() }), statistics: z.array(group) })).nullish(),
  }),
})

export type BoxScore = z.infer<typeof boxScore>
type Group = z.infer<typeof group>

interface LinesOf {
  eventId: string
  game: GameRow
  /** By ESPN's numbers of the teams. */
  clubs: ReadonlyMap<string, string>
  isFinal: boolean
}

interface Line {
  club: string
  name: string
  jersey: string | null
  statistics: Record<string, number | null>
  /** Statistics nobody declared, by group and key. */
  others: Record<string, Record<string, string>>
  /** What each group said, to tell a repeated entry from a contradiction. */
  said: Map<string, string>
}

/** One row for each athlete, whatever groups he is in. */
export function toLines({ players }: BoxScore['boxscore'], of: LinesOf, fail: Fail): MergeRow[] {
  const lines = new Map<string, Line>()
  for (const { team, statistics } of players ?? []) {
    const club = of.clubs.get(team.id)
    if (!club) fail(`has players of team ${team.id}, which does not play`)
    for (const one of statistics) addGroup(lines, one, club, fail)
  }
  const listed = new Set([...lines.values()].map(({ club }) => club))
  const missing = [...of.clubs.values()].find(club => !listed.has(club))
  if (of.isFinal && missing) fail(`is final and has no players of ${missing}`)
  return [...lines].map(([id, line]) => toRow(id, line, of))
}

function addGroup(lines: Map<string, Line>, { name, keys, athletes }: Group, club: string, fail: Fail): void {
  if (athletes.length === 0) return
  const cells = boxScoreCells.get(name)
  const missing = [...(cells ?? [])].find(([key, { required }]) => required && !keys.includes(key))
  if (missing) fail(`has no ${missing[0]} for ${name} of ${club}`)
  for (const { athlete, stats } of athletes) {
    const { id, displayName, jersey } = athlete
    const where = `${name} of athlete ${id}`
    if (stats.length !== keys.length) fail(`has ${stats.length} values for the ${keys.length} keys in ${where}`)
    const line: Line = lines.get(id) ?? {
      club,
      name: displayName.trim(),
      jersey: jersey || null,
      statistics: {},
      others: {},
      said: new Map(),
    }
    lines.set(id, line)
    if (line.club !== club) fail(`has athlete ${id} on both sides`)
    const said = stats.join(' ')
    const before = line.said.get(name)
    if (before !== undefined && before !== said) fail(`has two different lines for ${where}`)
    line.said.set(name, said)
    for (const [i, key] of keys.entries()) {
      const text = stats[i] as string
      const cell = cells?.get(key)
      const failCell = (problem: string) => fail(`is malformed: ${where}: ${key}: ${problem}`)
      if (cell) Object.assign(line.statistics, readCell(cell, text, failCell))
      else line.others[name] = { ...line.others[name], [key]: text }
    }
  }
}

const toRow = (id: string, line: Line, { eventId, game, isFinal }: LinesOf): MergeRow => ({
  provider: espn.id,
  providerId: `${eventId}:${id}`,
  espn_event_id: eventId,
  espn_athlete_id: id,
  game_id: game.providerId,
  team_id: line.club,
  name: line.name,
  jersey: line.jersey,
  is_final: isFinal,
  ...line.statistics,
  extra: Object.keys(line.others).length > 0 ? storableJson(line.others) : null,
})

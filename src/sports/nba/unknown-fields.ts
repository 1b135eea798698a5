import { playerOptional, sharedCounts, teamOptional } from './tables.ts'

/** Known fields of a box score that have no column: names, clocks in another form, bonus and time-out state. */
const known = {
  team: new Set('teamId teamName teamCity teamTricode score inBonus timeoutsRemaining periods players statistics'.split(' ')),
  player: new Set(
    `status order personId jerseyNum position starter oncourt played notPlayingReason notPlayingDescription statistics
     name nameI firstName familyName`.split(/\s+/),
  ),
  teamStatistics: new Set([
    ...sharedCounts,
    ...teamOptional,
    ...'minutes minutesCalculated timeLeading biggestLeadScore biggestScoringRunScore'.split(' '),
  ]),
  playerStatistics: new Set([...sharedCounts, ...playerOptional, 'minutes', 'minutesCalculated']),
}

type Side = { statistics: object; players: { statistics: object }[] }

/** Paths of unknown fields; the archived answer has their values. */
export function unknownFields(sides: Side[]): string[] {
  const found = new Set<string>()
  const look = (value: object, names: Set<string>, path: string) => {
    for (const name of Object.keys(value)) if (!names.has(name)) found.add(`${path}.${name}`)
  }
  for (const side of sides) {
    look(side, known.team, 'team')
    look(side.statistics, known.teamStatistics, 'team.statistics')
    for (const line of side.players) {
      look(line, known.player, 'player')
      look(line.statistics, known.playerStatistics, 'player.statistics')
    }
  }
  return [...found]
}

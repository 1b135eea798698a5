import { personName } from '../person-name.ts'
import { between, createRandom } from '../random.ts'
import { allStarSides, type Club, clubs, guest } from './clubs.ts'

export interface Player {
  readonly personId: number
  readonly firstName: string
  readonly familyName: string
  readonly jerseyNum: string
  readonly position: 'PG' | 'SG' | 'SF' | 'PF' | 'C'
  /** How often he shoots, passes well or takes a rebound, against an average of 1. */
  readonly shooting: number
  readonly passing: number
  readonly rebounding: number
  /** On a contract that keeps him with the second team most nights. */
  readonly twoWay: boolean
}

const rosterSize = 17
const positions = ['SF', 'PF', 'C', 'SG', 'PG'] as const

/**
 * Who plays for a club: 17 players, the five starters first (SF, PF, C, SG, PG, the order of the real box scores).
 * Person ids lie above the real ones. An All-Star side borrows its players, so one person is seen with two teams.
 */
export function createRosters(seed: number): (club: Club) => readonly Player[] {
  const rosters = new Map<number, readonly Player[]>()
  const everyClub = [...clubs, guest]

  function signed(club: Club): readonly Player[] {
    const known = rosters.get(club.teamId)
    if (known) return known
    const random = createRandom(seed, 'roster', club.teamId)
    const shirts = new Set<number>()
    while (shirts.size < rosterSize) shirts.add(between(random, 0, 99))
    const numbers = [...shirts]
    const roster = Array.from({ length: rosterSize }, (_, index): Player => {
      const position = positions[index % 5] as Player['position']
      return {
        personId: 2_000_000 + 20 * everyClub.indexOf(club) + index,
        ...personName(random),
        jerseyNum: String(numbers[index]),
        position,
        shooting: 0.6 + 0.8 * random() + (index < 5 ? 0.4 : 0),
        passing: (position === 'PG' ? 2 : 0.8) + 0.6 * random(),
        rebounding: (position === 'C' ? 2 : position === 'PF' ? 1.4 : 0.7) + 0.5 * random(),
        twoWay: index >= rosterSize - 2,
      }
    })
    rosters.set(club.teamId, roster)
    return roster
  }

  return club => {
    const side = allStarSides.indexOf(club)
    if (side < 0) return signed(club)
    const chosen = clubs.filter((_, index) => index % allStarSides.length === side)
    return [0, 1].flatMap(rank => chosen.map(of => signed(of)[rank] as Player)).slice(0, rosterSize)
  }
}

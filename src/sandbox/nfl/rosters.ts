import { between, createRandom } from '../random.ts'
import { firstSeason } from './calendar.ts'
import { type Club, clubs } from './clubs.ts'
import { createPlayer, type Player } from './players.ts'
import { type Spot, spots } from './positions.ts'

/** Who is with a club in a season, by spots. */
export type Roster = readonly Player[]

const leaves = 0.13
const changesClub = 0.06

/**
 * The rosters of all seasons: from one to the next some players end their career, and some change clubs with another of their
 * place. Made one after the other from the first season, so a player keeps his ids for good.
 */
export function createRosters(seed: number): (year: number, club: Club) => Roster {
  const pfrIds = new Map<string, number>()
  const seasons: Player[][][] = []
  let made = 0

  const sign = (spot: Spot, club: Club, entryYear: number): Player =>
    createPlayer({ seed, number: ++made, spot, club, entryYear }, pfrIds)

  function firstRosters(): Player[][] {
    const random = createRandom(seed, 'careers')
    return clubs.map(club => spots.map(spot => sign(spot, club, firstSeason - Math.floor(9 * random() ** 2))))
  }

  function nextRosters(before: readonly (readonly Player[])[], year: number): Player[][] {
    const random = createRandom(seed, 'moves', year)
    const rosters = before.map(roster => [...roster])
    for (const [at, roster] of rosters.entries())
      for (const [index, player] of roster.entries()) {
        const draw = random()
        if (draw < leaves) roster[index] = sign(player.spot, clubs[at] as Club, year)
        else if (draw < leaves + changesClub) {
          const other = rosters[between(random, 0, rosters.length - 1)] as Player[]
          ;[roster[index], other[index]] = [other[index] as Player, player]
        }
      }
    return rosters
  }

  return (year, club) => {
    while (seasons.length <= year - firstSeason) {
      const last = seasons.at(-1)
      seasons.push(last ? nextRosters(last, firstSeason + seasons.length) : firstRosters())
    }
    return seasons[year - firstSeason]?.[clubs.indexOf(club)] ?? []
  }
}

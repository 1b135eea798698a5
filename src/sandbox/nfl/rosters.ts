import { between, createRandom, type Random } from '../random.ts'
import { type Club, clubs } from './clubs.ts'
import { createPlayer, type Player } from './players.ts'
import { type Spot, spots } from './positions.ts'

/** Who is with a club in a season, by spots. */
export type Roster = readonly Player[]

const leaves = 0.13
const changesClub = 0.06

/** The season that rosters are made from, those of later ones forwards and those of earlier ones backwards. */
const middleSeason = 2022

/** Numbers of players who had left by then, who would otherwise depend on which seasons were asked for before. */
const firstFormer = 100_001

/**
 * The rosters of all seasons: from one to the next some players end their career, and some change clubs with another of their
 * place. Made one after the other from a season in the middle, so a player keeps his ids for good.
 */
export function createRosters(seed: number): (year: number, club: Club) => Roster {
  const signing = (first: number, pfrIds: { counts: Map<string, number>; from: number }) => {
    let number = first
    return (spot: Spot, club: Club, entryYear: number) => createPlayer({ seed, number: number++, spot, club, entryYear }, pfrIds)
  }
  const sign = signing(1, { counts: new Map(), from: 0 })
  const signFormer = signing(firstFormer, { counts: new Map(), from: 100 })
  /** Years before that season in which a player has come. */
  const experience = (random: Random) => Math.floor(9 * random() ** 2)
  // Longer than is usual, or each season back to the first would add 550 players to the list of all, which every new database loads.
  const career = (random: Random) => between(random, 4, 14)

  function middleRosters(): Player[][] {
    const random = createRandom(seed, 'careers')
    return clubs.map(club => spots.map(spot => sign(spot, club, middleSeason - experience(random))))
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

  /** In the place of who had not come yet is somebody who left then. */
  function formerRosters(after: readonly (readonly Player[])[], year: number): Player[][] {
    const random = createRandom(seed, 'moves', year)
    const rosters = after.map((roster, at) =>
      roster.map(player =>
        player.entryYear <= year ? player : signFormer(player.spot, clubs[at] as Club, year - career(random)),
      ),
    )
    for (const roster of rosters)
      for (const [index, player] of roster.entries()) {
        if (random() >= changesClub) continue
        const other = rosters[between(random, 0, rosters.length - 1)] as Player[]
        ;[roster[index], other[index]] = [other[index] as Player, player]
      }
    return rosters
  }

  const later: Player[][][] = []
  const earlier: Player[][][] = []
  const middle = () => {
    later[0] ??= middleRosters()
    return later[0]
  }

  return (year, club) => {
    const distance = Math.abs(year - middleSeason)
    const made = year >= middleSeason ? later : earlier
    made[0] ??= middle()
    while (made.length <= distance) {
      const last = made.at(-1) as Player[][]
      made.push(made === later ? nextRosters(last, middleSeason + made.length) : formerRosters(last, middleSeason - made.length))
    }
    return made[distance]?.[clubs.indexOf(club)] ?? []
  }
}

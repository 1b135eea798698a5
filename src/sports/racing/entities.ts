import type { PgTable } from 'drizzle-orm/pg-core'
import type { TransactionSql } from 'postgres'
import type { NewestEvents, TableRows } from '../../pipeline/rows.ts'
import { newestByLines, placeOf } from '../../pipeline/stale-rows.ts'
import { racingApi } from '../../providers/the-racing-api.ts'
import type { MergeRow } from '../../store/merge.ts'
import { raceTable } from './events.ts'
import { readHorse, readJockey, readText } from './read-values.ts'
import { courses, horses, jockeys, owners, runners, trainers } from './tables.ts'
import type { Sent } from './values.ts'

/** What a runner says of the horse and its people, on a card and in a result alike. */
export interface SentPeople {
  horse_id: string
  horse: string
  region?: Sent
  sire_id?: string | null | undefined
  sire?: Sent
  dam_id?: string | null | undefined
  dam?: Sent
  damsire_id?: string | null | undefined
  damsire?: Sent
  jockey_id?: string | null | undefined
  jockey?: Sent
  trainer_id?: string | null | undefined
  trainer?: Sent
  owner_id?: string | null | undefined
  owner?: Sent
}

/** What a race says of its course. */
export interface SentCourse {
  course_id?: string | null | undefined
  course: string
  region?: Sent
}

const sport = { id: 'racing', events: raceTable }
const provider = racingApi.id

const newestRunners = (column: string): NewestEvents => newestByLines(sport, runners, column, 'raceId')

const newestRaces: NewestEvents = async (tx, ids, { from, to }) => {
  const place = placeOf(tx, { day: 'race_date', startsAt: 'off_at', id: 'provider_id' }, to)
  const found = await tx<{ id: string; place: string }[]>`
    select course_id as id, max(${place}) as place from races e where race_date >= ${from} and course_id in ${tx(['', ...new Set(ids)])} group by 1`
  return new Map(found.map(one => [one.id, one.place]))
}

/** Of a horse that has no country behind its name, in results, and none in its place, on cards. */
export const bornAtHome = 'GB'

const textOf = (sent: Sent): string => readText(sent === null || sent === undefined ? '' : String(sent)) ?? ''

/** Name and country apart. What is not told is undefined: an earlier race may have told it. */
function horseOf({ horse, horse_id, region, ...line }: SentPeople): MergeRow {
  const { name, country } = readHorse(horse)
  const bredIn = region === undefined ? undefined : textOf(region) || bornAtHome
  const parent = (sent: Sent) => (sent === undefined ? undefined : textOf(sent) === '' ? null : readHorse(textOf(sent)).name)
  return {
    ...{ provider, providerId: horse_id, name, country: country ?? bredIn },
    ...{ sireId: line.sire_id, sire: parent(line.sire), damId: line.dam_id, dam: parent(line.dam) },
    ...{ damsireId: line.damsire_id, damsire: parent(line.damsire) },
  }
}

const named = (
  table: PgTable,
  column: string,
  found: readonly (readonly [id: string | null | undefined, name: string])[],
): TableRows => ({
  table,
  rows: found.flatMap(([providerId, name]) => (providerId && name ? [{ provider, providerId, name }] : [])),
  newestOf: newestRunners(column),
})

/** Horses, their people, and the course of a race, by the newest race that tells of them. */
export const entitiesOf = (race: SentCourse, lines: readonly SentPeople[]): TableRows[] => [
  { table: horses, rows: lines.map(horseOf), newestOf: newestRunners('horseId') },
  named(
    jockeys,
    'jockeyId',
    lines.map(line => [line.jockey_id, readJockey(textOf(line.jockey)).name]),
  ),
  named(
    trainers,
    'trainerId',
    lines.map(line => [line.trainer_id, textOf(line.trainer)]),
  ),
  named(
    owners,
    'ownerId',
    lines.map(line => [line.owner_id, textOf(line.owner)]),
  ),
  {
    table: courses,
    rows: race.course_id
      ? [{ provider, providerId: race.course_id, name: race.course, region: textOf(race.region) || null, isListed: false }]
      : [],
    newestOf: newestRaces,
    resolve: withoutListed,
  },
]

/** The list of courses names them better than a race does. */
async function withoutListed(tx: TransactionSql, rows: readonly MergeRow[]) {
  const ids = rows.map(row => String(row['providerId']))
  const listed = await tx<{ id: string }[]>`
    select provider_id as id from courses where is_listed and provider_id in ${tx(['', ...ids])}`
  const known = new Set(listed.map(({ id }) => id))
  return { rows: rows.filter(row => !known.has(String(row['providerId']))), findings: [] }
}

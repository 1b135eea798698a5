import type { App } from '../app.ts'
import type { Day } from '../core/days.ts'
import { IngestError } from '../core/errors.ts'
import type { Ask, RequestDataset } from '../pipeline/dataset.ts'
import { listUnstored, type Missing } from '../pipeline/missing.ts'
import { seasonSpan, yearOfSeason } from '../pipeline/seasons.ts'
import type { Sport } from '../pipeline/sport.ts'
import type { UnitSpan } from '../pipeline/unit-span.ts'
import type { StoredPayload } from '../store/payload-archive.ts'

/**
 * Of a sport whose days are asked for whole: events that the list of a day has, as it was last received, and that are neither stored nor in
 * the dead letters. Of a day whose list is not kept any more nothing is said.
 */
export async function listLostFromDays(
  { archive, database }: Pick<App, 'archive' | 'database'>,
  sport: Sport,
  days: readonly Day[],
  today: Day,
): Promise<Missing[]> {
  const found: Missing[] = []
  for (const dataset of sport.datasets) {
    if (dataset.read !== 'requests' || dataset.units === 'event' || dataset.coverage.length === 0) continue
    const units = [...dataset.units({ today, days, seasons: [] })].filter(({ from, to }) => from === to)
    const first = units.flatMap(unit => [...dataset.requests(unit, { today })].map(ask => ({ unit, ask })))
    const kept = await archive.listEach(
      dataset.provider,
      first.map(({ ask }) => ask.path),
    )
    for (const { unit, ask } of first) {
      const ids = await readIds(
        dataset,
        ask,
        unit,
        async path => (kept.get(path) ?? (await archive.list(dataset.provider, path)))[0],
      )
      const unstored = await database.run(sql => listUnstored(sql, sport, ids))
      const season = seasonSpan(sport, yearOfSeason(sport, unit.from)).label
      for (const id of unstored) found.push({ id, day: unit.from, season, what: 'is not stored', dataset: dataset.name })
    }
  }
  return found
}

/** Ids of the events of that day that an answer and those behind it list, as far as they are kept and can be read. */
async function readIds(
  { transform, next }: RequestDataset,
  first: Ask,
  { from }: UnitSpan,
  newest: (path: string) => Promise<StoredPayload | undefined>,
): Promise<string[]> {
  const ids: string[] = []
  try {
    for (let ask: Ask | undefined = first; ask; ) {
      const body: Buffer | undefined = await (await newest(ask.path))?.body()
      if (!body) break
      const answer: unknown = JSON.parse(body.toString('utf8'))
      for (const { id, day, event } of transform(answer, ask).items ?? []) if (event && day === from) ids.push(id)
      ask = next?.(ask, answer)
    }
  } catch (error) {
    if (!(error instanceof IngestError || error instanceof SyntaxError)) throw error
  }
  return ids
}

import type { App } from '../app.ts'
import { type Day, eachDay } from '../core/days.ts'
import { dayOf } from '../core/zones.ts'
import { isFile, isPerEvent } from '../pipeline/dataset.ts'
import { eventsOf, singular } from '../pipeline/event-table.ts'
import type { Missing } from '../pipeline/missing.ts'
import type { Offender, QualityRule } from '../pipeline/quality.ts'
import { seasonSpan, seasonsOf } from '../pipeline/seasons.ts'
import type { Sport } from '../pipeline/sport.ts'
import { parseWatermark } from '../pipeline/watermark-names.ts'
import { countOpenDeadLetters } from '../store/dead-letters.ts'
import { listWatermarks } from '../store/watermarks.ts'
import { listLostFromDays } from './kept-lists.ts'
import type { Again } from './retry.ts'
import { coverWatermark } from './verify.ts'

/** As many of a rule are listed, and asked for again; the others are counted. */
const mostItems = 1000

/** Answers are kept for 30 days where the settings say nothing else. */
const keptDays = 31

/** A rule, and what breaks it. */
export interface RuleResult extends Pick<QualityRule, 'name' | 'severity' | 'means'> {
  sport: string
  count: number
  items: Offender[]
  /** What to do about it; null where nothing breaks it. */
  remedy: string | null
  /** A refetch may mend it. */
  isFixable: boolean
}

/** What is known of the stored rows of a sport. */
export interface SportQuality {
  sport: string
  /** Events that are stored, whatever their state. */
  events: number
  /** Days and seasons that runs have loaded, as watermarks: only within them it is known what should be there. */
  watermarks: number
  /** Dead letters that are open: what they name is not counted as missing. */
  openLetters: number
  rules: RuleResult[]
}

type Parts = Pick<App, 'database' | 'archive' | 'clock'>

/** Holds the stored rows of a sport against its rules. Nothing is written, and no provider is asked. */
export async function checkQuality(parts: Parts, sport: Sport): Promise<SportQuality> {
  const { database, clock } = parts
  const watermarks = await listOwnWatermarks(parts, sport)
  const { events, openLetters } = await database.run(async sql => {
    const [found] = await sql<{ count: number }[]>`select count(*)::int as count from ${eventsOf(sql, sport)} e`
    return { events: found?.count ?? 0, openLetters: await countOpenDeadLetters(sql, sport.id) }
  })
  const complete = completeRule(sport)
  const missing = await listAllMissing(parts, sport, watermarks)
  const rules = [toResult(sport, complete, { items: missing.slice(0, mostItems), count: missing.length })]
  const judged = { sport, today: dayOf(clock.now(), sport.zone) }
  for (const rule of sport.quality) {
    const found = await database.transaction(
      sql => sql<(Offender & { count: number })[]>`
        select id, day, season, what, count(*) over ()::int as count from (${rule.find(sql, judged)}) found
        order by day, id collate "C", what limit ${mostItems}`,
      'read',
    )
    const items = found.map(({ id, day, season, what }) => ({ id, day, season, what }))
    rules.push(toResult(sport, rule, { items, count: found[0]?.count ?? 0 }))
  }
  return { sport: sport.id, events, watermarks: watermarks.length, openLetters, rules }
}

/** Datasets that give the events of a sport, and the rows that each event must have. */
function completeRule({ datasets, events: { noun }, schedule }: Sport): Omit<QualityRule, 'find'> {
  const refetch = datasets
    .filter(one => one.coverage.length > 0 || (isFile(one) && 'events' in one.content))
    .map(({ name }) => name)
  const which = schedule ? 'that a stored schedule lists up to a watermark' : 'up to a watermark'
  return {
    name: 'complete',
    severity: 'error',
    means: `Each ${singular[noun]} ${which} is stored, if it is over with all its rows, or is named in the dead letters.`,
    mend: { refetch },
  }
}

const toResult = (
  { id }: Sport,
  { name, severity, means, mend }: Omit<QualityRule, 'find'>,
  { items, count }: { items: Offender[]; count: number },
): RuleResult => {
  const isFixable = 'refetch' in mend
  const remedy = isFixable ? `sports-ingest quality --sport ${id} --fix` : mend.byHand
  return { ...{ sport: id, name, severity, means, count, items, isFixable }, remedy: count > 0 ? remedy : null }
}

interface OwnWatermark {
  stage: string
  key: string
  value: string
}

async function listOwnWatermarks({ database }: Parts, sport: Sport): Promise<OwnWatermark[]> {
  const all = await database.run(listWatermarks)
  return all.filter(({ stage, key }) => parseWatermark(stage, key)?.sport === sport.id)
}

/** What is missing below any of the watermarks, each once, by day. */
async function listAllMissing(parts: Parts, sport: Sport, watermarks: readonly OwnWatermark[]): Promise<Missing[]> {
  const found = new Map<string, Missing>()
  for (const { value, ...name } of watermarks) {
    const { missing, from } = await coverWatermark(parts, sport, name, value)
    const days = from && name.stage === 'schedule' && !sport.schedule ? eachDay(from, value).slice(-keptDays) : []
    const lost = await listLostFromDays(parts, sport, days, dayOf(parts.clock.now(), sport.zone))
    for (const one of [...missing, ...lost]) found.set(`${one.id} ${one.what}`, one)
  }
  const order = ({ day, id }: Missing) => `${day} ${id}`
  return [...found.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1))
}

/** What is to be asked for again because of what breaks some rules: each item once. */
export function listAgain(sport: Sport, rules: readonly RuleResult[]): Again[] {
  const wanted = new Map<string, Again>()
  for (const { name, items, isFixable } of rules.filter(({ count }) => count > 0)) {
    const mend = name === 'complete' ? completeRule(sport).mend : sport.quality.find(rule => rule.name === name)?.mend
    if (!isFixable || !mend || !('refetch' in mend)) continue
    for (const item of items) {
      const day = dayOfItem(sport, item)
      const { dataset: own } = item as Missing
      if (!day) continue
      for (const dataset of own ? [own] : mend.refetch) wanted.set(`${dataset} ${item.id}`, { dataset, item: item.id, day })
    }
  }
  return [...wanted.values()]
}

/** The first day of its season, where the item has no day of its own. */
function dayOfItem(sport: Sport, { day, season }: Offender): Day | undefined {
  return day ?? (season ? seasonSpan(sport, season).from : undefined)
}

/** What a refetch asks for: `box-scores of 5 games`, `player-stats of 2024`. */
export function describeAgain(sport: Sport, wanted: readonly Again[]): string {
  const perDataset = Map.groupBy(wanted, ({ dataset }) => dataset)
  return [...perDataset]
    .map(([name, some]) => {
      const dataset = sport.datasets.find(one => one.name === name)
      const days = [...new Set(some.map(({ day }) => day))].sort()
      if (dataset && isPerEvent(dataset)) return `${name} of ${some.length} ${sport.events.noun} (${spanOf(days)})`
      if (!dataset || !isFile(dataset)) return `${name} of ${spanOf(days)}`
      const keys = [...dataset.units({ today: days[0] ?? '', days, seasons: seasonsOf(sport, days) })].map(({ key }) => key)
      return `the files ${name} of ${keys.join(', ')}`
    })
    .join('; ')
}

const spanOf = (days: readonly Day[]): string =>
  days.length <= 1 ? (days[0] ?? '') : `${days.length} days from ${days[0]} to ${days.at(-1)}`

import { visible } from '../core/visible.ts'
import {
  type FailedUnit,
  type ItemCounts,
  type Receipt,
  rowsWritten,
  sumOf,
  type UnitCounts,
  type WatermarkState,
} from '../pipeline/receipt.ts'
import { paint } from './paint.ts'
import { durationText } from './table.ts'
import { wrap } from './wrap.ts'

const width = 80
const headingWidth = 72
const shownFindings = 5
const shownFailures = 8

type Colour = (plain: string) => string

/** The receipt of any job as people read it, within 80 columns. */
export function receiptText(receipt: Receipt): string {
  const { job, sport, items, units, findings, failed, requests, run, live } = receipt
  if (sport === null) return ownText(receipt)
  return [
    heading(visible(`${sport} ${jobText(job)} ${aboutText(receipt)}`.trim()), receipt),
    ...(live ? [line('mode', `${live.mode}: ${live.why}`)] : []),
    ...scheduleLines(receipt),
    ...items.map(itemsLine),
    ...(live || isTrivial(units, job) ? [] : [line('units', unitsText(receipt), units.failed ? paint.red : undefined)]),
    rowsLine(receipt),
    line('requests', String(requests)),
    ...watermarkLines(receipt),
    ...findings.slice(0, shownFindings).map((finding, i) => line(i === 0 ? 'findings' : '', finding.message, paint.yellow)),
    ...more(findings.length - shownFindings, run === null ? '' : `: runs show ${run}`),
    ...failureLines(failed, run),
    ...(units.pending ? [line('not begun', `${units.pending} units; the next run loads them`, paint.red)] : []),
    ...letterLines(receipt),
    ...dryRunLines(receipt),
  ].join('\n')
}

/** That of a job of the user's own. */
function ownText(receipt: Receipt): string {
  const { job, program, failed, watermarks, run } = receipt
  const isSet = watermarks.some(({ before, after }) => before !== null || after !== null)
  return [
    heading(visible(job), receipt),
    ...(program ? [line('program', programText(program), receipt.failures > 0 ? paint.red : undefined)] : [rowsLine(receipt)]),
    ...(isSet ? watermarkLines(receipt) : []),
    ...failureLines(failed, run),
    ...dryRunLines(receipt),
  ].join('\n')
}

export const programText = ({ exitCode, signal }: NonNullable<Receipt['program']>): string =>
  exitCode === null ? `ended by ${signal}` : `exit code ${exitCode}`

const jobText = (job: string): string => (job === 'dead-letters-retry' ? 'dead letters' : job)

/** A season, a range of them, or the days of a job about days. */
function aboutText({ job, season, targetDate, from, to }: Receipt): string {
  if (season) return season
  if (job === 'live' || job === 'dead-letters-retry' || !targetDate) return ''
  const [first, last] = [from ?? targetDate, to ?? targetDate]
  return job !== 'daily' || first === last ? targetDate : `${first} to ${last}`
}

/** One unit a day, all done: the heading says it. */
const isTrivial = ({ planned, done }: UnitCounts, job: string): boolean => job === 'daily' && planned === done

/** `nba daily 2025-01-15                        done in 2.3 s, run 1` */
function heading(left: string, { status, durationMs, run }: Pick<Receipt, 'status' | 'durationMs' | 'run'>): string {
  const right = `${status} in ${durationText(durationMs)}${run === null ? '' : `, run ${run}`}`
  const gap = ' '.repeat(Math.max(2, headingWidth - left.length - right.length))
  return `${paint.bold(left)}${gap}${status === 'done' ? paint.green(right) : paint.red(right)}`
}

/** A label and its text, within 80 columns; further lines are indented. What the text holds is shown, never acted upon. */
export const line = (label: string, text: string, colour: Colour = plain => plain, indent = '  '): string =>
  wrap(visible(text), width - indent.length - 11)
    .map((part, i) => `${indent}${(i === 0 ? label : '').padEnd(10)} ${colour(part)}`)
    .join('\n')

const more = (count: number, where: string): string[] => (count > 0 ? [line('', `and ${count} more${where}`)] : [])

/** What an update has come to; a game of a poll that is dead is no failure of it. */
function scheduleLines({ live, failures, items }: Receipt): string[] {
  if (!live) return []
  const notLoaded = failures - sumOf(items, 'dead')
  if (notLoaded > 0)
    return [
      line('schedule', `${notLoaded === 1 ? '1 failure' : `${notLoaded} failures`}: runs list, dead-letters list`, paint.red),
    ]
  return live.updates > 0 ? [line('schedule', 'updated')] : []
}

/** `games      11 asked for: 10 loaded, 0 unchanged, 0 postponed, 1 dead`. For rows of files `read`: written rows have a line too. */
const itemsLine = (counts: ItemCounts): string =>
  line(counts.noun === 'rows' ? 'read' : counts.noun, itemsText(counts), counts.dead ? paint.red : undefined)

function itemsText({ noun, asked, loaded, corrected, unchanged, postponed, dead, settled }: ItemCounts): string {
  if (asked === 0) return settled > 0 ? `none to ask for: all ${settled} are settled` : 'none to ask for'
  if (noun === 'letters') return `${asked} tried: ${loaded} resolved, ${dead} still open`
  if (noun === 'rows') return `${asked} rows: ${loaded} new, ${corrected} changed, ${unchanged} unchanged, ${dead} dead`
  const parts = [`${loaded} loaded`, ...(corrected ? [`${corrected} corrected`] : []), `${unchanged} unchanged`]
  const before = settled > 0 ? `; ${settled} were settled before` : ''
  return `${asked} asked for: ${[...parts, `${postponed} postponed`, `${dead} dead`].join(', ')}${before}`
}

/** `5 of 8 done, 2 unchanged, 1 failed, 2024-12-03 to 2024-12-12` */
function unitsText({ units, from, to, season }: Receipt): string {
  const { planned, done, unchanged, missing, failed } = units
  if (planned === 0) return 'none to ask for'
  const others = Object.entries({ unchanged, missing, failed }).flatMap(([name, count]) => (count ? [`${count} ${name}`] : []))
  const days = season && from && to ? [from === to ? from : `${from} to ${to}`] : []
  return [`${done} of ${planned} done`, ...others, ...days].join(', ')
}

function rowsLine({ rows, items, units, dryRun }: Receipt): string {
  const written = rowsWritten(rows)
  const isSame = sumOf(items, 'unchanged') + units.unchanged > 0
  if (written === 0) return line('rows', isSame ? '0 written: nothing had changed' : '0 written')
  const removed = rows.deleted ? `, ${rows.deleted} removed` : ''
  return line('rows', `${written} ${dryRun ? 'to write' : 'written'}: ${rows.inserted} new, ${rows.updated} changed${removed}`)
}

/** Of one watermark where it went; of several how many moved, and where they stand. */
function watermarkLines({ watermarks, dryRun, job }: Receipt): string[] {
  const [only, ...others] = watermarks
  const moved = watermarks.filter(({ before, after }) => before !== after)
  // A dry run moves none, and one that asks for dead letters again seldom does.
  if (!only || dryRun || (job === 'dead-letters-retry' && moved.length === 0)) return []
  if (others.length === 0) return watermarkLine(only)
  const standing = watermarks.filter(({ after }) => after !== null)
  const [first, last] = [standing[0], standing.at(-1)]
  if (!first || !last) return [line('watermark', `none yet of ${watermarks.length}`)]
  return [line('watermarks', `${moved.length} of ${watermarks.length} moved, ${first.after} to ${last.after}`)]
}

function watermarkLine({ before, after, waitsFor }: WatermarkState): string[] {
  return [
    line('watermark', before === after ? `${after ?? 'none yet'}, unmoved` : `${before ?? 'none'} → ${after}`),
    ...(waitsFor ? [line('', `it waits for ${waitsFor.id} of ${waitsFor.day}`)] : []),
  ]
}

/** Files that do not exist stand together; units that failed for the same reason too, with the remedy. */
function failureLines(failed: readonly FailedUnit[], run: number | null): string[] {
  const missing = failed.filter(({ isMissing }) => isMissing)
  const others = failed.filter(({ isMissing }) => !isMissing)
  const texts: { text: string; hint?: string | undefined }[] = []
  for (const [dataset, units] of Map.groupBy(missing, ({ dataset }) => dataset ?? ''))
    texts.push({ text: `no file of ${dataset} for ${units.map(({ unit }) => unit).join(', ')} (404)` })
  for (const [message, units] of Map.groupBy(others, failure => failure.message)) {
    const [first, last] = [units[0]?.unit, units.at(-1)?.unit]
    texts.push({ text: `${first === last ? first : `${first} to ${last}`}: ${message}`, hint: units.at(-1)?.hint })
  }
  const lines = texts
    .slice(0, shownFailures)
    .flatMap(({ text, hint }, i) => [line(i === 0 ? 'failed' : '', text, paint.red), ...(hint ? [line('', hint)] : [])])
  return [...lines, ...more(texts.length - shownFailures, run === null ? '' : `: runs show ${run} --log`)]
}

/** What the exit code says, and what can be done about it. */
function letterLines({ stillOpen, items, job }: Receipt): string[] {
  if (stillOpen === 0) return []
  const count = stillOpen === 1 ? '1 dead letter is open' : `${stillOpen} dead letters are open`
  const remedy =
    job === 'dead-letters-retry'
      ? 'dead-letters discard closes what will never load'
      : 'dead-letters list says why, dead-letters retry asks again'
  return [line('letters', `${count}: ${remedy}`, sumOf(items, 'dead') > 0 ? paint.red : paint.yellow)]
}

function dryRunLines({ dryRun, rows }: Receipt): string[] {
  if (!dryRun) return []
  return [line('dry run', `nothing was written${rowsWritten(rows) > 0 ? '; without --dry-run the rows above would be' : ''}`)]
}

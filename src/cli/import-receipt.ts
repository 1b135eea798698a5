import type { ImportProgress } from '../jobs/import/import.ts'
import type { FileForecast } from '../jobs/import/import-forecast.ts'
import type { FailedFile, FileCounts, ImportReceipt } from '../jobs/import/import-receipt.ts'
import { rowsWritten } from '../pipeline/receipt.ts'
import { paint } from './paint.ts'
import { dryRunLines, findingLines, heading, line, watermarkLine } from './receipt-lines.ts'
import { table } from './table.ts'

const shownFailures = 8

/** The receipt of a run over files as people read it, within 80 columns. */
export function importReceipt(receipt: ImportReceipt): string {
  const { job, sport, season, files, failedFiles, badRows, requests } = receipt
  return [
    heading(`${sport} ${job} ${season}`, receipt),
    line('files', filesText(files), files.dead || files.pending ? paint.red : undefined),
    line('rows', rowsText(receipt)),
    line('requests', String(requests)),
    ...(receipt.dryRun ? [] : watermarkLines(receipt)),
    ...findingLines(receipt.findings, receipt.run),
    ...failureLines(failedFiles),
    ...(badRows ? [line('bad rows', `${badRows} set aside: dead-letters list says why`, paint.red)] : []),
    ...(files.pending ? [line('not begun', `${files.pending} files; the next run asks for them`, paint.red)] : []),
    ...dryRunLines(receipt),
  ].join('\n')
}

/** Files that are nowhere stand together; each of the others with its reason. */
function failureLines(failed: readonly FailedFile[]): string[] {
  const missing = Map.groupBy(
    failed.filter(file => file.missing),
    ({ dataset }) => dataset,
  )
  const texts = [
    ...[...missing].map(([dataset, files]) => `no file of ${dataset}${seasonsText(files)} (404)`),
    ...failed.filter(file => !file.missing).map(({ message, hint }) => `${message}${hint ? ` ${hint}` : ''}`),
  ]
  return [
    ...texts.slice(0, shownFailures).map((text, i) => line(i === 0 ? 'failed' : '', text, paint.red)),
    ...(texts.length > shownFailures ? [line('', `and ${texts.length - shownFailures} more: dead-letters list`)] : []),
  ]
}

function seasonsText(files: readonly FailedFile[]): string {
  const seasons = files.map(({ season }) => season).filter(season => season !== '')
  return seasons.length > 0 ? ` for ${seasons.join(', ')}` : ''
}

/** `120 asked for: 108 loaded, 0 unchanged, 12 not there, 0 dead` */
function filesText({ asked, loaded, unchanged, lacking, dead }: FileCounts): string {
  const parts = [`${loaded} loaded`, `${unchanged} unchanged`, ...(lacking ? [`${lacking} not there`] : []), `${dead} dead`]
  return `${asked} asked for: ${parts.join(', ')}`
}

function rowsText({ rows, read, files, dryRun }: ImportReceipt): string {
  const written = rowsWritten(rows)
  if (written === 0) return files.loaded + files.unchanged > 0 ? '0 written: nothing had changed' : '0 written'
  const removed = rows.deleted ? `, ${rows.deleted} removed` : ''
  return `${written} ${dryRun ? 'to write' : 'written'}: ${rows.inserted} new, ${rows.updated} changed${removed}; ${read} read`
}

/** Of one watermark where it went; of several how many moved, and where they stand. */
function watermarkLines({ watermarks }: ImportReceipt): string[] {
  const [only, ...others] = watermarks
  if (!only) return []
  if (others.length === 0) return [watermarkLine(only.before, only.after)]
  const moved = watermarks.filter(({ before, after }) => before !== after)
  const first = watermarks.find(({ after }) => after !== null)
  const last = watermarks.findLast(({ after }) => after !== null)
  if (!first || !last) return [line('watermark', `none yet of ${watermarks.length} seasons`)]
  return [line('watermarks', `${moved.length} of ${watermarks.length} moved, ${first.after} to ${last.after}`)]
}

/** `nfl 2010..2025: 34 of 128 files, 214000 rows, 71 requests, 2 failed` */
export function importProgress({ sport, season, done, total, rows, requests, failures }: ImportProgress): string {
  const failed = failures ? `, ${failures} failed` : ''
  return `${sport} ${season}: ${done} of ${total} files, ${rows} rows, ${requests} requests${failed}`
}

/** What an import would ask for, as people read it. */
export function fileForecastText({ sport, season, files, requests, ratePerSecond }: FileForecast): string {
  const rows = files.map(({ dataset, season, loadedAt, rows }) => [
    dataset,
    season || 'all',
    loadedAt ? loadedAt.toISOString().slice(0, 16).replace('T', ' ') : 'not yet',
    rows ?? '-',
  ])
  return [
    paint.bold(`${sport} backfill ${season}: the plan`),
    line('files', `${files.length} to ask for; those that did not change are not read`),
    line('requests', `${requests} at least, at ${ratePerSecond} a second; a redirect is one more`),
    '',
    table(['dataset', 'season', 'loaded (UTC)', 'rows'], rows, ''),
  ].join('\n')
}

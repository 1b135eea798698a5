import type { RehearsedOccurrence } from '../schedule/rehearse.ts'
import type { ProviderLoad, Rehearsal } from '../schedule/rehearse-jobs.ts'
import { paint } from './paint.ts'
import { durationText, table } from './table.ts'

/** With more due times than that, the jobs are summed up. */
const mostListed = 40

/** What jobs would do over some days, as people read it. */
export function rehearsalText({ from, to, occurrences, providers, withoutEvents, findings }: Rehearsal): string {
  const overlaps = occurrences.filter(({ reason, status, by }) => reason === 'overlap' || (status === 'merged' && by !== null))
  const between = Map.groupBy(
    occurrences.filter(({ reason }) => reason === 'made-up' || reason === 'missed'),
    ({ job }) => job,
  )
  const isAnySkipped = overlaps.length > 0 || between.size > 0
  const parts = [
    paint.bold(`From ${instant(from)} to ${instant(to)}, with a call of schedule run every 10 minutes`),
    occurrences.length > mostListed ? summary(occurrences) : list(occurrences),
    providers.length > 0 ? loadTable(providers) : 'No requests.',
    ...(overlaps.length > 0
      ? [
          `${overlaps.length} due times pass while their job still runs${occurrences.length > mostListed ? '; --json lists them' : ''}.`,
        ]
      : []),
    ...[...between].map(
      ([job, { length }]) => `${job} is due more often than schedule run is called: ${length} due times are skipped for that.`,
    ),
    ...withoutEvents.map(
      sport => `No event of ${sport} is stored around these days: requests for its events are not in the numbers.`,
    ),
    ...findings.map(finding => paint.red(finding)),
    ...(findings.length > 0 ? [] : [`Requests and time suffice${isAnySkipped ? ' for the due times that run' : ''}.`]),
  ]
  return parts.join('\n\n')
}

const instant = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')}Z`

function list(occurrences: readonly RehearsedOccurrence[]): string {
  const rows = occurrences.map(one => [instant(one.dueAt), one.job, became(one), startOf(one), tookOf(one), one.requests])
  return table(['due', 'job', '', 'starts', 'takes', 'requests'], rows, 'No job is due.')
}

const startOf = ({ startsAt }: RehearsedOccurrence): string => (startsAt ? `${startsAt.toISOString().slice(11, 16)}Z` : '-')

const tookOf = ({ startsAt, endsAt }: RehearsedOccurrence): string =>
  startsAt && endsAt ? durationText(endsAt.getTime() - startsAt.getTime()) : '-'

function became({ status, reason, isTimedOut }: RehearsedOccurrence): string {
  if (isTimedOut) return 'timed out'
  return reason ? `${status}: ${reason}` : status
}

function summary(occurrences: readonly RehearsedOccurrence[]): string {
  const rows = [...Map.groupBy(occurrences, ({ job }) => job)].map(([job, some]) => {
    const count = (status: RehearsedOccurrence['status']) => some.filter(one => one.status === status).length
    const longest = Math.max(
      0,
      ...some.map(({ startsAt, endsAt }) => (startsAt && endsAt ? endsAt.getTime() - startsAt.getTime() : 0)),
    )
    const requests = some.reduce((sum, one) => sum + one.requests, 0)
    return [job, some.length, count('runs'), count('merged'), count('skipped'), durationText(longest), requests]
  })
  return table(['job', 'due', 'run', 'merged', 'skipped', 'longest', 'requests'], rows, 'No job is due.')
}

function loadTable(providers: readonly ProviderLoad[]): string {
  const hasQuota = providers.some(({ dailyQuota }) => dailyQuota !== null)
  const hasPrice = providers.some(({ price }) => price !== null)
  const rows = providers.map(({ provider, requests, busiestMinute, allowedPerMinute, busiestDay, dailyQuota, price }) => [
    ...[provider, requests, `${busiestMinute.requests} of ${allowedPerMinute}`],
    hasQuota && dailyQuota !== null ? `${busiestDay.requests} of ${dailyQuota}` : busiestDay.requests,
    ...(hasPrice ? [price ?? '-'] : []),
  ])
  return table(['provider', 'requests', 'busiest minute', 'busiest day (UTC)', ...(hasPrice ? ['cost'] : [])], rows, '')
}

/** How a part of the program stands. */
export interface Check {
  /** `database`, `jobs`, `freshness`, … */
  check: string
  /** Which of several: a job, a sport, a provider; null where there is one. */
  about: string | null
  /** `warning`: it works, and will not for long, or not all of it. */
  status: 'ok' | 'warning' | 'failure' | 'not-checked'
  /** In a sentence. */
  message: string
  /** What to do about it; null where there is nothing to do. */
  remedy: string | null
}

export const isFinding = ({ status }: Check): boolean => status === 'warning' || status === 'failure'

/** Makes the checks of one kind. */
export function checksOf(check: string) {
  const make = (status: Check['status'], message: string, remedy: string | null, about: string | null): Check => {
    return { check, about, status, message, remedy }
  }
  return {
    ok: (message: string, about: string | null = null) => make('ok', message, null, about),
    warning: (message: string, remedy: string, about: string | null = null) => make('warning', message, remedy, about),
    failure: (message: string, remedy: string, about: string | null = null) => make('failure', message, remedy, about),
    notChecked: (message: string, remedy: string | null = null, about: string | null = null) =>
      make('not-checked', message, remedy, about),
  }
}

const units = [
  { name: 'days', ms: 86_400_000 },
  { name: 'hours', ms: 3_600_000 },
  { name: 'minutes', ms: 60_000 },
  { name: 'seconds', ms: 1000 },
]

/** `3 hours`, in the largest unit of which there are two. */
export function spanText(ms: number): string {
  const { name, ms: unitMs } = units.find(unit => ms >= 2 * unit.ms) ?? { name: 'seconds', ms: 1000 }
  return `${Math.round(ms / unitMs)} ${name}`
}

/** `2026-11-28 06:00Z` */
export const instantText = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')}Z`

/** `1.2 GB` */
export const bytesText = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`

export const countText = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`

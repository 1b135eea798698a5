import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { visible } from '../core/visible.ts'
import type { IncidentName } from '../store/incidents.ts'

/** What people are told of an incident: kept with it, and sent. */
export interface Facts {
  /** In one line. */
  title: string
  /** Sports that are affected. */
  sports: string[]
  /** Labels and what stands behind them. */
  lines: [label: string, text: string][]
  /** What to do, and the command that does it. */
  commands: [purpose: string, command: string][]
}

/** What a channel sends. */
export interface Message extends Facts {
  /** The same at each attempt, so that a receiver can tell that it has it already. */
  id: string
  event: 'opened' | 'recovered' | 'test'
  incident: (IncidentName & { id: number }) | null
  /** ISO 8601. */
  at: string
  host: string
}

/** How a message is sent. */
export interface SendOptions {
  timeoutMs: number
  signal: AbortSignal
}

export const toMessage = (
  facts: Facts,
  { event, incident, at }: Pick<Message, 'event' | 'incident'> & { at: Date },
): Message => ({ id: randomUUID(), event, incident, at: at.toISOString(), host: hostname(), ...facts })

/** A title for a line of its own: a subject, the beginning of a message in a chat. */
export const headOf = ({ title }: Pick<Message, 'title'>): string => `[sports-ingest] ${title}`

/** What stands below the title. */
export function bodyOf({ lines, commands, host, incident }: Message): string {
  const about = [`noted on ${host}`, ...(incident ? [`incident ${incident.id}`] : [])].join(', ')
  return [
    ...lines.map(([label, text]) => `${label}: ${text}`),
    ...commands.map(([purpose, command]) => `${purpose}: ${command}`),
    about,
  ].join('\n')
}

const longest = 500

/** What others have said, as one line of a message. */
export function firstLine(text: string): string {
  const line = visible(text.trim().split('\n', 1)[0] ?? '')
  return line.length > longest ? `${line.slice(0, longest - 1).toWellFormed()}…` : line
}

/** `1 game`, `3 games`, by the plural. */
export const countOf = (count: number, nouns: string, noun: string): string => `${count} ${count === 1 ? noun : nouns}`

/** How often something has failed: `has failed 3 times in a row`. */
export const hasFailed = (count: number): string => (count === 1 ? 'has failed' : `has failed ${count} times in a row`)

/** How long something took, roughly: `40 minutes`, `5 hours`, `3 days`. */
export function roughly(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000))
  if (minutes < 120) return countOf(minutes, 'minutes', 'minute')
  const hours = Math.round(minutes / 60)
  return hours < 72 ? countOf(hours, 'hours', 'hour') : countOf(Math.round(hours / 24), 'days', 'day')
}

/** An instant for people who may be in any zone: `2026-11-21 11:00Z`. */
export const inUtc = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')}Z`

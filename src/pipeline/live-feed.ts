import type { ISql } from 'postgres'
import type { Day } from '../core/days.ts'
import type { ProviderDeclaration } from '../providers/declaration.ts'
import type { RequestDataset } from './dataset.ts'
import type { Finding, GameRow, TableRows } from './rows.ts'

/** All that a live feed says of a game. */
export type LiveState = Pick<GameRow, 'status' | 'statusText' | 'period' | 'homeScore' | 'awayScore'>

export interface Sides {
  homeTeamId: string
  awayTeamId: string
}

/** One game in a live feed. */
export interface LiveGame {
  /** As the provider of the feed numbers it. */
  id: string
  /**
   * Our ids of the clubs to which the scores of its state belong. A list may have them the other way round than the stored game, as on
   * neutral ground. Undefined where the feed does not say it.
   */
  sides?: Sides | undefined
  /** Its day, to find the game by that and its sides where its number is not known; undefined where numbers are the same everywhere. */
  day?: Day
  /** What people call it, for messages: `LAL-BOS`. */
  name: string
  state: LiveState
  /** All that a schedule would say of it, where the feed has it: then a game that the schedule lacks is stored by this. */
  unscheduled?: { event: GameRow; related: readonly TableRows[] }
  /** As it was sent, for the dead letter. */
  raw: unknown
}

/** Hours in which games are usual, by the wall clock of the sport's zone. */
export interface UsualHours {
  /** 0 is Sunday. */
  weekdays: readonly number[]
  from: string
  /** Where it is not after `from`, it is that of the next day. */
  to: string
}

interface LiveBase {
  provider: ProviderDeclaration
  /** What is polled, in findings and by `--only`: `scoreboard`, `races`. */
  dataset: string
  /** When events are looked for while none is stored of the season. */
  usualHours: readonly UsualHours[]
  /** From the start to the end of an event, as a rule. */
  typicalMs: number
}

/** Events are followed by the datasets of their days, each of which is asked for whole at every poll. */
export interface LiveDays extends LiveBase {
  by: 'day'
  datasets: readonly RequestDataset[]
}

/** Games are followed by a feed of their states, which tells of which games more is to be asked for. */
export interface LiveFeed extends LiveBase {
  by?: 'feed'
  /** The answer that has the games of a day; the same for each where there is but one. */
  path(day: Day): string
  /**
   * A game that is malformed is a finding beside the others.
   * @throws PayloadError where it is no such answer
   */
  parse(payload: unknown): { games: LiveGame[]; findings: Finding[] }
  /** Stored games by the numbers of the live provider, where it has numbers of its own. */
  aliases?(sql: ISql, ids: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** Asked for each game that has changed. */
  datasets: readonly RequestDataset[]
}

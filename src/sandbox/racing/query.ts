import { type Day, parseDay } from '../../core/days.ts'
import { type Answer, jsonAnswer } from '../provider.ts'

/** What is wrong with a parameter, in the provider's own shape. */
export class BadQuery extends Error {
  readonly detail: object

  constructor(name: string, msg: string, type: string, ctx?: object) {
    super(msg)
    this.detail = { loc: ['query', name], msg, type, ...(ctx ? { ctx } : {}) }
  }
}

/** 422, as the provider says it. */
export const refusal = ({ detail }: BadQuery): Answer => ({ ...jsonAnswer({ detail: [detail] }), status: 422 })

/** A day of the query. @throws BadQuery for what is none */
export function dayIn(query: URLSearchParams, name: string, otherwise: Day): Day {
  const text = query.get(name)
  if (text === null) return otherwise
  const day = parseDay(text)
  if (!day) throw new BadQuery(name, 'invalid date format', 'value_error.date')
  return day
}

/** Codes of regions, as bodies have them; all where none is named. */
export function inRegions(query: URLSearchParams, name: string): (region: string) => boolean {
  const codes = query.getAll(name).map(code => code.toUpperCase())
  return region => codes.length === 0 || codes.includes(region)
}

function wholeIn(query: URLSearchParams, name: string, otherwise: number, [least, most]: readonly [number, number]): number {
  const text = query.get(name)
  if (text === null) return otherwise
  if (!/^-?\d{1,9}$/.test(text)) throw new BadQuery(name, 'value is not a valid integer', 'type_error.integer')
  const value = Number(text)
  const [limit_value, word, end] = value < least ? ([least, 'greater', 'ge'] as const) : ([most, 'less', 'le'] as const)
  if (value < least || value > most)
    throw new BadQuery(name, `ensure this value is ${word} than or equal to ${limit_value}`, `value_error.number.not_${end}`, {
      limit_value,
    })
  return value
}

/** How long a page may be, how long it is where nobody says, and how far it may begin. */
export interface PageLimits {
  readonly most: number
  readonly usual: number
  readonly furthest: number
}

/** A page of a list, in its envelope, which repeats the query: limit and skip first. @throws BadQuery */
export function pageOf<T>(
  name: string,
  all: readonly T[],
  query: URLSearchParams,
  { most, usual, furthest }: PageLimits,
  show: (item: T) => object,
): Answer {
  const limit = wholeIn(query, 'limit', usual, [1, most])
  const skip = wholeIn(query, 'skip', 0, [0, furthest])
  const isPaging = ([key]: readonly [string, string]) => key === 'limit' || key === 'skip'
  const asked = [...query]
  return jsonAnswer({
    [name]: all.slice(skip, skip + limit).map(show),
    ...{ total: all.length, limit, skip },
    query: [...asked.filter(isPaging).sort(), ...asked.filter(pair => !isPaging(pair))],
  })
}

import { PayloadError } from '../../core/errors.ts'
import type { Finding } from '../../pipeline/rows.ts'
import { storableJson } from '../../store/text.ts'

/** What a payload says for a value: nearly always a text, also where it is a number. */
export type Sent = string | number | null | undefined

/** A value of any kind as a text, such as a flag that is `true` or `"true"`. */
export const toText = (sent: unknown): Sent =>
  sent === null || sent === undefined || typeof sent === 'string' || typeof sent === 'number' ? sent : storableJson(sent)

/** Without a zero that stands for none. */
export const noZero = (value: number | null | undefined): number | null | undefined => (value === 0 ? null : value)

/** A part of a value; undefined where the payload does not have the value. */
export const partOf = <T, K extends keyof T>(value: T | null | undefined, key: K): T[K] | null | undefined =>
  value === undefined ? undefined : (value?.[key] ?? null)

/**
 * Reads the values of one race or one runner. A value that is not what it should be is null in its column, is kept in `extra` under its own
 * name, and is a finding of the race: it holds up nothing, and is not lost.
 */
export function createValues(race: string, what = '') {
  const odd: Record<string, string> = {}
  const findings: Finding[] = []

  function keep(name: string, value: string, problem: string): void {
    odd[name] = value
    findings.push({ item: race, check: 'unknown-value', message: `Race ${race}${what}: ${name} ${problem}` })
  }

  return {
    findings: findings as readonly Finding[],
    /** A value by its name in the payload; undefined where the payload does not have it, which says nothing about what is stored. */
    read<T>(name: string, sent: Sent, reader: (text: string | null | undefined) => T): T | null | undefined {
      if (sent === undefined) return undefined
      const text = sent === null ? undefined : String(sent)
      try {
        return reader(text)
      } catch (error) {
        if (!(error instanceof PayloadError)) throw error
        keep(name, text ?? '', error.message)
        return null
      }
    },
    /** One of the words that are known, as we call it; null for a missing one. */
    word<T extends string>(name: string, sent: Sent, known: Readonly<Record<string, T>>): T | null {
      const text = String(sent ?? '').trim()
      if (text === '') return null
      const said = text.toLowerCase()
      const word = Object.hasOwn(known, said) ? known[said] : undefined
      if (word === undefined) keep(name, text, `${JSON.stringify(text)} is not known.`)
      return word ?? null
    },
    /** For the column `extra`. */
    extra: (): string | null => (Object.keys(odd).length === 0 ? null : storableJson(odd)),
  }
}

export type Values = ReturnType<typeof createValues>

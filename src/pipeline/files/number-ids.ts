import type { Finding } from '../rows.ts'

/** `4001.0`: a program that holds numbers only has written the id 4001. `4e+06`: it has lost digits, and which id it was. */
export type NumberForm = 'decimal' | 'rounded'

const [zero, nine, dot, e, upperE] = [0x30, 0x39, 0x2e, 0x65, 0x45]

/** Whether an id was written as a number that is not whole; almost all are told by a byte or two. */
export function numberFormOf(data: Uint8Array, start: number, end: number): NumberForm | undefined {
  let at = start
  while (at < end && (data[at] as number) >= zero && (data[at] as number) <= nine) at++
  if (at === start || at === end || (data[at] !== dot && data[at] !== e && data[at] !== upperE)) return undefined
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1', start, end)
  if (/^\d+\.0+$/.test(text)) return 'decimal'
  return /^\d+(\.\d+)?(e\+?\d+)?$/i.test(text) ? 'rounded' : undefined
}

/** Counts them by column and form. */
export function createNumberIds() {
  const found = new Map<string, { column: string; form: NumberForm; count: number; example: string }>()
  function add(column: string, form: NumberForm, text: string): void {
    const key = `${column} ${form}`
    const known = found.get(key) ?? { column, form, count: 0, example: text.slice(0, 40) }
    known.count++
    found.set(key, known)
  }

  return {
    add,
    /** Counts it where its digits are lost: whoever reads 401.0 as 401 anyway has no news of that. */
    addRounded(column: string, text: string): void {
      const bytes = Buffer.from(text)
      if (numberFormOf(bytes, 0, bytes.length) === 'rounded') add(column, 'rounded', text)
    },
    findings: (what: string): Finding[] =>
      [...found.values()].map(({ column, form, count, example }) => ({
        item: what,
        check: 'number-ids',
        message: `The column ${column} of ${what} has ${count} ids written as numbers, ${JSON.stringify(example)} for one; ${
          form === 'decimal' ? 'they are stored without the fraction.' : 'their digits are lost, and they are stored as they are.'
        }`,
      })),
  }
}

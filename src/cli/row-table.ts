import { visible } from '../core/visible.ts'
import type { Column, TextRow } from '../store/rows/read.ts'
import { isNumber, types } from '../store/rows/types.ts'

const gap = 2
/** Texts are not cut below that; then the columns of a row are shown one below the other. */
const leastWidth = 10
const fixed = new Set<number>([types.bool, types.date, types.timestamp, types.instant])

/**
 * Shows rows as they come: the first ones decide how wide the columns are. On a terminal texts are cut to its width, numbers and times
 * never; rows that cannot be shown side by side there have a line for each column.
 * @param terminal its width; undefined where the output is no terminal: then nothing is cut
 */
export function createRowTable(columns: readonly Column[], terminal: number | undefined) {
  let layout: number[] | 'below' | undefined
  let first: readonly TextRow[] | undefined
  let shown = 0

  const cellsOf = (row: TextRow) => row.map((value, i) => cellOf(value, columns[i]?.type ?? 0))

  function line(cells: readonly string[], widths: readonly number[]): string {
    return cells
      .map((cell, i) => {
        const width = widths[i] as number
        const text = terminal === undefined ? cell : cutTo(cell, width)
        const padding = ' '.repeat(Math.max(0, width - widthOf(text)))
        return isNumber(columns[i]?.type ?? 0) ? padding + text : text + padding
      })
      .join(' '.repeat(gap))
      .trimEnd()
  }

  function below(cells: readonly string[], width: number): string {
    const names = columns.map(({ name }) => visible(name))
    const widest = Math.max(...names.map(widthOf))
    const lines = cells.map((cell, i) => {
      const name = names[i] as string
      return cutTo(`  ${name}${' '.repeat(widest - widthOf(name) + gap)}${cell}`, width)
    })
    return [`row ${++shown}`, ...lines].join('\n')
  }

  function show(rows: readonly TextRow[]): string {
    const cells = rows.map(cellsOf)
    const lines: string[] = []
    if (layout === undefined) {
      const names = columns.map(({ name }) => visible(name))
      layout = layOut(columns, [names, ...cells], terminal)
      if (layout !== 'below') lines.push(line(names, layout))
    }
    for (const row of cells) lines.push(layout === 'below' ? below(row, terminal as number) : line(row, layout))
    return lines.map(text => `${text}\n`).join('')
  }

  return {
    /** The lines of some rows. The first are kept until the second come, which are more, so that they have the same widths. */
    add(rows: readonly TextRow[]): string {
      if (layout !== undefined) return show(rows)
      if (first === undefined) {
        first = rows
        return ''
      }
      return show([...first, ...rows])
    },
    end: (): string => (layout === undefined ? show(first ?? []) : ''),
  }
}

/** The widths of the columns, where they fit. */
function layOut(columns: readonly Column[], cells: readonly string[][], terminal: number | undefined): number[] | 'below' {
  const widths = columns.map((_, i) => cells.reduce((widest, row) => Math.max(widest, widthOf(row[i] as string)), 0))
  const total = () => widths.reduce((sum, width) => sum + width + gap, -gap)
  while (terminal !== undefined && total() > terminal) {
    const cuttable = widths.map((width, i) => (isCuttable(columns[i] as Column) && width > leastWidth ? width : 0))
    const widest = Math.max(...cuttable)
    if (widest === 0) return 'below'
    widths[cuttable.indexOf(widest)] = widest - 1
  }
  return widths
}

const isCuttable = ({ type }: Column): boolean => !isNumber(type) && !fixed.has(type)

function cellOf(value: Buffer | null, type: number): string {
  if (value === null) return 'NULL'
  const text = value.toString()
  if (type === types.bool) return text === 't' ? 'true' : 'false'
  return type === types.instant ? text.replace(/\+00$/, 'Z') : visible(text)
}

const plain = /^[\x20-\x7e]*$/
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u

/** How many columns of a terminal a text takes: marks none, characters of East Asia and pictures two. */
const widthOf = (text: string): number =>
  plain.test(text) ? text.length : [...text].reduce((sum, letter) => sum + widthOfLetter(letter), 0)

const widthOfLetter = (letter: string): number => (wide.test(letter) ? 2 : /\p{M}/u.test(letter) ? 0 : 1)

function cutTo(text: string, width: number): string {
  if (widthOf(text) <= width) return text
  let kept = ''
  let left = width - 1
  for (const letter of text) {
    left -= widthOfLetter(letter)
    if (left < 0) break
    kept += letter
  }
  return `${kept}…`
}

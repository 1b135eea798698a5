import { addDays } from '../../core/days.ts'
import type { NumberedChange } from '../../store/watermarks.ts'

/** What becomes of the old changes of a watermark: some are deleted, and of some the previous value goes further back. */
export interface Joined {
  gone: number[]
  previous: Map<number, string>
}

/**
 * Joins old changes of a watermark, so that jobs decide as before: which days runs have loaded (`loadedBy`, `firstDayCovered`) stays the same.
 * @param old in any order
 * @param kept changes that stay as they are: the newest, the first, the first and the last by hand
 * @param isDaily its values are days; of other watermarks no job reads the changes by runs
 */
export function joinChanges(old: readonly NumberedChange[], kept: ReadonlySet<number>, isDaily: boolean): Joined {
  const joined: Joined = { gone: [], previous: new Map() }
  const spans: { from: string; to: string; id: number }[] = []
  for (const { id, previous, value, runId } of old) {
    if (kept.has(id)) continue
    const from = previous === null ? value : isDaily ? addDays(previous, 1) : null
    // A change by hand loads nothing, and neither does one back.
    const isLoaded = isDaily && runId !== null && value !== null && from !== null && from <= value
    if (isLoaded) spans.push({ from, to: value, id })
    else joined.gone.push(id)
  }
  spans.sort((a, b) => (a.from === b.from ? a.id - b.id : a.from < b.from ? -1 : 1))
  let open = spans[0]
  const close = () => {
    const own = open && old.find(({ id }) => id === open?.id)
    const before = open && addDays(open.from, -1)
    if (open && before && own?.previous !== before && !(own?.previous === null && own.value === open.from))
      joined.previous.set(open.id, before)
  }
  for (const span of spans.slice(1)) {
    if (!open) break
    if (span.from > addDays(open.to, 1)) {
      close()
      open = span
      continue
    }
    // The one that ends last stays, and begins where the first one began.
    const [stays, goes] = span.to >= open.to ? [span, open] : [open, span]
    joined.gone.push(goes.id)
    open = { ...stays, from: open.from }
  }
  close()
  return joined
}

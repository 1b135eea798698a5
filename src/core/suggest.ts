/** A longer list of candidates is not printed, only the suggestion. */
const listedAtMost = 12

/** The candidate most like `word`, or undefined if none is similar enough. Ignores case and `-` against `_`. */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(word)
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(wanted, plain(candidate))
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

/** The hint `did you mean nba?`; undefined if none is similar enough. */
export function guess(word: string, candidates: Iterable<string>): string | undefined {
  const best = closest(word, candidates)
  return best && `did you mean ${best}?`
}

/** A hint for an unknown name: `did you mean nba? (nba, nfl, racing, football)`; undefined where there is nothing to say. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const known = [...candidates]
  const said = guess(word, known)
  const list = known.length > (said ? 1 : 0) && known.length <= listedAtMost ? known.join(', ') : undefined
  if (said) return list ? `${said} (${list})` : said
  return list && `Known: ${list}.`
}

const plain = (text: string) => text.toLowerCase().replaceAll('-', '_')

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let cost = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, replaced)
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (beforeLast[j - 2] ?? Infinity) + 1)
      row.push(cost)
    }
    ;[beforeLast, last] = [last, row]
  }
  return last[b.length] ?? a.length
}

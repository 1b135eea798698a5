/** Makes values on demand and keeps those asked for last, `most` of them: the same one until it is given up. */
export function keepLatest<K, V>(most: number, make: (key: K) => V): (key: K) => V {
  const kept = new Map<K, V>()
  let last: { key: K; value: V } | undefined
  return key => {
    // Asked for many times in a row: a map that is changed each time keeps the garbage collector busy.
    if (last && last.key === key) return last.value
    const value = kept.get(key) ?? make(key)
    // Behind the others: a map is in the order of insertion.
    kept.delete(key)
    kept.set(key, value)
    if (kept.size > most) kept.delete(kept.keys().next().value as K)
    last = { key, value }
    return value
  }
}

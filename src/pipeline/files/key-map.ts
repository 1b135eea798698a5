/**
 * Keys of rows with a number for each, by 52 bits of the key: 24 bytes a row, where a map of strings takes 150. Two keys may look the
 * same (once in a million files of 50,000 rows); whoever asks has to bear that.
 */
export interface KeyMap {
  readonly size: number
  /** The number kept for the key in `data` from `from` to `to`; 0 where there is none. */
  get(data: Uint8Array, from: number, to: number): number
  set(data: Uint8Array, from: number, to: number, value: number): void
}

export function createKeyMap(): KeyMap {
  let keys = new Float64Array(1 << 12)
  let values = new Float64Array(1 << 12)
  let size = 0

  /** The place of a key, or the empty one where it goes. */
  function placeOf(key: number): number {
    const mask = keys.length - 1
    let place = (key ^ (key / 65_536)) & mask
    while (keys[place] !== 0 && keys[place] !== key) place = (place + 1) & mask
    return place
  }

  function grow(): void {
    const [oldKeys, oldValues] = [keys, values]
    keys = new Float64Array(oldKeys.length * 2)
    values = new Float64Array(oldKeys.length * 2)
    oldKeys.forEach((key, i) => {
      if (key === 0) return
      const place = placeOf(key)
      keys[place] = key
      values[place] = oldValues[i] as number
    })
  }

  return {
    get size() {
      return size
    },
    get: (data, from, to) => values[placeOf(keyOf(data, from, to))] as number,
    set(data, from, to, value) {
      const key = keyOf(data, from, to)
      const place = placeOf(key)
      values[place] = value
      if (keys[place] === key) return
      keys[place] = key
      if (++size > keys.length / 2) grow()
    },
  }
}

/** FNV-1a twice, from two beginnings, to one whole number between 1 and 2^52. */
function keyOf(data: Uint8Array, from: number, to: number): number {
  let low = 0x811c9dc5
  let high = 0x9747b28c
  for (let i = from; i < to; i++) {
    const byte = data[i] as number
    low = Math.imul(low ^ byte, 0x01000193)
    high = Math.imul(high ^ byte, 0x85ebca6b)
  }
  return (high >>> 12) * 4_294_967_296 + (low >>> 0) + 1
}

import { spawnSync } from 'node:child_process'

export interface PairResult {
  /** Medians of all rounds. */
  baseMs: number
  ms: number
  /** The median of each round's own ratio: what slows the machine for a while slows both of a pair. */
  ratio: number
}

/** Times a program against an empty Node, in alternating rounds, after one that fills the caches. */
export function timePairs(args: readonly string[], env: Record<string, string>, rounds: number): PairResult {
  const once = (words: readonly string[], expected: number) => {
    const startedMs = performance.now()
    const { status, stderr } = spawnSync(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 })
    if (status !== expected) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`)
    return performance.now() - startedMs
  }
  const pairs = Array.from({ length: rounds + 1 }, () => ({ baseMs: once(['-e', '0'], 0), ms: once(args, 0) })).slice(1)
  return {
    baseMs: median(pairs.map(pair => pair.baseMs)),
    ms: median(pairs.map(pair => pair.ms)),
    ratio: median(pairs.map(pair => pair.ms / pair.baseMs)),
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return ((sorted[middle] as number) + (sorted[(sorted.length - 1) >> 1] as number)) / 2
}

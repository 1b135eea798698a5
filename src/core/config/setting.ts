import type { Kind } from './kinds.ts'

/** One scalar: what it is called outside, where it stands inside, how it is read. */
export interface Setting {
  /** Its place in the file: `api.rate_limit`. */
  readonly key: string
  /** Its place in `Config`: `['api', 'ratePerSecond']`. */
  readonly at: readonly string[]
  readonly kind: Kind<unknown>
  /** What it means, for the comments of a first file. */
  readonly about: string
  /** Names in the environment, the strongest first; the last is always `SPORTS_INGEST_<SECTION>_<KEY>`. */
  readonly variables: readonly string[]
  /** A value for the first file, where there is no default to show. */
  readonly example?: string
  readonly required?: true
  /** Not for the file. */
  readonly environmentOnly?: true
  /** Of a job: what it has to run for this to have an effect; anything where missing. */
  readonly runs?: readonly string[]
}

type Extras = Partial<Pick<Setting, 'example' | 'required' | 'environmentOnly' | 'runs'>> & { variable?: string }

/** The type at a dotted path. */
type At<T, Path> = Path extends `${infer Head}.${infer Rest}`
  ? Head extends keyof T
    ? At<NonNullable<T[Head]>, Rest>
    : never
  : Path extends keyof T
    ? NonNullable<T[Path]>
    : never

/**
 * A function that declares settings of `T`; the compiler checks that `at` exists there and that `kind` gives what it holds. `variable`
 * is a further name in the environment, stronger than the one made of section and key.
 */
export function settingsOf<T>() {
  return <const Path extends string>(
    key: string,
    at: Path,
    kind: Kind<At<T, Path>>,
    about: string,
    { variable, ...rest }: Extras = {},
  ): Setting => ({ key, at: at.split('.'), kind, about, variables: [...(variable ? [variable] : []), variableOf(key)], ...rest })
}

/** `api.rate_limit` → `SPORTS_INGEST_API_RATE_LIMIT`. */
export const variableOf = (key: string) => `SPORTS_INGEST_${key.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`

type Branch = Record<string, unknown>

/** The value of a setting as the file would say it, a secret masked; undefined where it is missing. */
export function said({ at, kind }: Setting, config: object): string | number | boolean | undefined {
  const value = at.reduce<unknown>((node, step) => (node as Branch | undefined)?.[step], config)
  return value === undefined || !kind.print ? (value as string | number | boolean | undefined) : kind.print(value)
}

/** Puts a value at a place, making the branches on the way. */
export function putAt(tree: object, at: readonly string[], value: unknown): void {
  let node = tree as Branch
  for (const step of at.slice(0, -1)) {
    if (!Object.hasOwn(node, step)) node[step] = {}
    node = node[step] as Branch
  }
  node[at.at(-1) ?? ''] = value
}

import { mask, Secret } from './secret.ts'

/** A shorter value may be an ordinary word (`prod`, `true`), which would make the text unreadable and say what the value is. */
const shortest = 6

/** All secrets of a value and of what is in it. */
function* secretsIn(value: unknown): Generator<string> {
  if (value instanceof Secret) yield value.reveal()
  else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) yield* secretsIn(each)
}

/**
 * Makes a function that replaces secrets in lines of text, as they are and as they stand in a URL.
 * @param settings each `Secret` in it is one
 * @param others values that are secret, too
 */
export function createSecretHider(settings: object, others: readonly string[] = []): (line: string) => string {
  // A secret of several lines is printed as several lines.
  const lines = [...secretsIn(settings), ...others].flatMap(secret => secret.split(/\r?\n/))
  const forms = lines.flatMap(line => [line, encodeURIComponent(line.toWellFormed())]).filter(form => form.length >= shortest)
  // The longest first: one may be the beginning of another.
  const hidden = [...new Set(forms)].sort((a, b) => b.length - a.length)
  return line => hidden.reduce((text, secret) => text.replaceAll(secret, mask), line)
}

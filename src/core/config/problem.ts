import { ConfigError, CredentialsError } from '../errors.ts'

/** One mistake in the configuration. */
export interface Problem {
  /** `file:line:column`; missing where the mistake is not in a file. */
  place?: string | undefined
  message: string
  hint?: string | undefined
  /** A secret that is not where the setting says. */
  credentials?: true
}

/** The mistake on one line, as `config validate` prints it. */
export const problemLine = ({ place, message, hint }: Problem) =>
  `${place ? `${place}: ` : ''}${message}${hint ? ` Hint: ${hint}` : ''}`

/** All mistakes as one error, one line each, so that they can be fixed in one go. */
export function problemError(problems: readonly Problem[]): ConfigError | CredentialsError {
  const ErrorClass = problems.every(problem => problem.credentials) ? CredentialsError : ConfigError
  const [only, ...others] = problems
  if (only && others.length === 0) return new ErrorClass(problemLine({ ...only, hint: undefined }), { hint: only.hint })
  return new ErrorClass(problems.map(problemLine).join('\n'))
}

/** A failed file operation in words, without the path. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file'
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not read it'
  if (code === 'EISDIR') return 'it is a directory'
  return code || 'it cannot be read'
}

import { ConfigError } from '../../core/errors.ts'
import { visible } from '../../core/visible.ts'

/**
 * A word for /bin/sh on one line, in quotes where it needs them. Written without a backslash, which cron may take for one of its own.
 * @throws ConfigError where that cannot be
 */
export function quoteForShell(word: string): string {
  const shown = visible(word)
  if (shown !== word || word.includes('\\'))
    throw new ConfigError(
      `${shown} has ${shown === word ? 'a backslash' : 'a control character'}, which is not safe in a crontab.`,
      {
        hint: 'Use a path without one.',
      },
    )
  return /^[\w@+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`
}

/**
 * A command as a line of a crontab has it: there % ends the command unless a backslash precedes it.
 * @throws ConfigError where it is too long
 */
export function quoteForCron(command: string): string {
  const quoted = command.replaceAll('%', '\\%')
  const bytes = Buffer.byteLength(quoted)
  if (bytes <= longestCommand) return quoted
  throw new ConfigError(`The command has ${bytes} bytes, and cron cuts it off after ${longestCommand}.`, {
    hint: 'Use shorter paths for the settings file, the data directory or the log.',
  })
}

/** Of Debian's cron (3.0pl1), which says nothing when it cuts one off. */
const longestCommand = 998

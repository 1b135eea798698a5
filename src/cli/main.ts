import { fileURLToPath } from 'node:url'
import { Config, run, settings } from '@oclif/core'
import { UsageError } from '../core/errors.ts'
import { didYouMean } from '../core/suggest.ts'
import { visibleJson } from '../core/visible.ts'
import { exitCodeOf, toErrorValue, toLine, toUsageError } from './exit-codes.ts'
import { finishOutput, watchOutput } from './output.ts'
import { tellOnStderr } from './tell.ts'

/**
 * Runs the command line and ends the process with its exit code.
 * @param root the package's folder, as a file URL
 * @param development finds the commands among the sources instead of in the manifest
 */
export async function main(args: string[], root: string, development = false): Promise<void> {
  watchOutput()
  // Node exits with 0 when nothing is left to wait for, even though this function has not returned.
  process.once('beforeExit', () => {
    process.stderr.write('The program exited before its work was done; this is a bug. Hint: Run it again and report this.\n')
    process.exit(1)
  })
  // Under NODE_ENV=test or development, oclif would pass every module through tsx where it finds one: half a second.
  settings.enableAutoTranspile = false
  try {
    const path = fileURLToPath(root)
    // oclif would read colours from a file in HOME, which may be another user's, and where a pipe would be waited for.
    Config.prototype.loadTheme = async () => undefined
    // oclif would search for plugins in SPORTS_INGEST_DATA_DIR, which it takes for its own variable.
    const config = new Config({ root: path, ignoreManifest: development, userPlugins: false, devPlugins: false })
    await config.load()
    if (development) config.pjson.oclif.commands = './src/commands'
    const wrong = findWrongWord(args, config)
    if (wrong) throw wrong
    await run(args, config)
    process.exitCode ||= await finishOutput()
  } catch (error) {
    process.exitCode = (error as { told?: boolean }).told ? exitCodeOf(error) : tell(error as Error, args)
  }
  process.exit(process.exitCode ?? 0)
}

/** Prints an error that no command has printed: of oclif's own commands, or outside of any command. Returns the exit code. */
function tell(error: Error, args: string[]): number {
  const told = 'parse' in error ? toUsageError(error, args[0] ?? '', () => undefined) : error
  tellOnStderr(toLine(told))
  if (args.includes('--json')) process.stdout.write(`${visibleJson(JSON.stringify(toErrorValue(told), null, 2))}\n`)
  return exitCodeOf(told)
}

/** An unknown command, as one line with the closest known one. oclif itself looks only at the first word, and prints three lines. */
function findWrongWord(args: string[], config: Config): UsageError | undefined {
  const firstFlag = args.findIndex(arg => arg.startsWith('-'))
  const asked = firstFlag === -1 ? args : args.slice(0, firstFlag)
  const words = asked[0] === 'help' ? asked.slice(1) : asked
  if (words.length === 0) {
    const known = ['--help', '-h', '--version']
    const flag = asked.length > 0 || args.some(arg => known.includes(arg)) ? undefined : args[0]
    return flag ? new UsageError(`${flag} needs a command before it.`, { hint: 'See sports-ingest --help.' }) : undefined
  }
  for (let length = words.length; length > 0; length--) {
    const id = words.slice(0, length).join(':')
    const command = config.findCommand(id)
    // For a command without arguments, oclif would look for a longer command name.
    if (command && length < words.length && Object.keys(command.args ?? {}).length === 0) {
      const help = `See sports-ingest ${words.slice(0, length).join(' ')} --help.`
      return new UsageError(`Unexpected argument: ${words.slice(length).join(' ')}.`, { hint: help })
    }
    if (command || (config.findTopic(id) && length === words.length)) return undefined
    if (config.findTopic(id)) break
  }
  const known = config.commandIDs.map(id => id.replaceAll(':', ' '))
  const guess = didYouMean(words.join(' '), known) ?? didYouMean(words.slice(0, 2).join(' '), known)
  return new UsageError(`There is no command "${words.join(' ')}".`, { hint: guess ?? 'See sports-ingest --help.' })
}

import { existsSync } from 'node:fs'
import { Flags } from '@oclif/core'
import { BaseCommand } from '../../cli/base-command.ts'
import { examplesOf, sandboxFlag } from '../../cli/flags.ts'
import { userName } from '../../core/user-name.ts'
import type { Change } from '../../schedule/crontab/block.ts'

interface Outcome {
  /** The lines, with their markers. */
  lines: string[]
  /** What became of the user's crontab; null where it was not touched. */
  change: Change | null
}

export default class Crontab extends BaseCommand {
  static override summary = 'Print crontab lines that run the jobs of the settings, or install them.'
  static override description =
    "The lines work in cron's empty environment: they name Node, the program, the settings file and the data directory by absolute paths. One line, every 10 minutes, runs whatever is due. With --per-job each job has a line with its own times, moved to the zone of this machine; where a change of the clock makes that two times, both are in the line, and the program decides which is due. What is printed goes to a log file for each day, kept for 30 days. --install keeps all other lines of the crontab. It refuses where a setting comes from the environment, which cron does not have, and names the line to write into the settings file instead."
  static override examples = examplesOf({
    'See the lines': '',
    'Put them into your crontab': '--install',
    'A line for each job; again after a change of the jobs': '--install --per-job',
    'Take them out': '--remove',
    'Try it: simulated leagues, no network': '--install --sandbox',
  })
  static override flags = {
    'per-job': Flags.boolean({ summary: 'A line for each job that is not switched off, instead of one for all.' }),
    install: Flags.boolean({ summary: 'Put the lines into your crontab, in the place of earlier ones.' }),
    remove: Flags.boolean({ summary: 'Take them out of your crontab.', exclusive: ['install'] }),
    'log-dir': Flags.string({
      summary: 'Directory for the logs; by default ~/.local/state/sports-ingest, for root /var/log/sports-ingest.',
      helpValue: 'DIR',
    }),
    ...sandboxFlag,
  }

  async run(): Promise<Outcome> {
    const { flags } = await this.parse(Crontab)
    const { loaded, clock } = await this.context()
    const [{ checkWriting, listJobs }, { crontabLines }, places, environment, block, { fieldsIn }] = await Promise.all([
      import('../../schedule/jobs-of-file.ts'),
      import('../../schedule/crontab/lines.ts'),
      import('../../schedule/crontab/places.ts'),
      import('../../schedule/from-environment.ts'),
      import('../../schedule/crontab/block.ts'),
      import('../../schedule/fields-in-zone.ts'),
    ])
    const { config, sources, file = '' } = loaded
    const all = listJobs(config)
    const name = block.nameOf(file, sources['data_dir']?.kind === 'environment' ? config.dataDir : undefined)
    if (flags.remove) return await this.#change(name, crontab => block.removeBlock(crontab, name), [], `Settings: ${file}.`)

    const jobs = all.filter(({ enabled }) => enabled)
    const start = {
      ...places.program(),
      ...{ config: file, sandbox: flags.sandbox, environment: places.handedOn(loaded, process.env) },
      logDir: places.logDirectory(process.env, process.cwd(), flags['log-dir']),
    }
    const zones = places.zonesOfHost(process.env)
    const perJob = flags['per-job'] ? jobs.map(job => ({ job, fields: fieldsIn(job, zones, clock.now()) })) : undefined
    const lines = crontabLines(start, perJob)
    const lacking = environment.listFromEnvironment(loaded, process.env)
    if (flags.install) {
      checkWriting(config, 'Set it to false.')
      environment.refuse(lacking, 'cron')
      return await this.#change(
        name,
        crontab => block.putBlock(crontab, name, lines),
        lines,
        `Their output is kept in ${start.logDir}.`,
      )
    }
    const { text } = block.putBlock('', name, lines)
    this.show(text.trimEnd())
    for (const line of environment.toLines(lacking, 'cron')) this.logToStderr(line)
    return { lines: text.trimEnd().split('\n'), change: null }
  }

  async #change(
    name: string,
    edit: (crontab: string) => { text: string; change: Change },
    lines: string[],
    more: string,
  ): Promise<Outcome> {
    const [{ readCrontab, writeCrontab }, { takeTurn }, { fileOf, namesIn }] = await Promise.all([
      import('../../schedule/crontab/program.ts'),
      import('../../schedule/crontab/turn.ts'),
      import('../../schedule/crontab/block.ts'),
    ])
    const { clock } = await this.context()
    using _ = await takeTurn(clock, this.signal)
    const before = readCrontab() ?? ''
    const { text, change } = edit(before)
    if (text !== before) writeCrontab(text)
    this.showProse(`${words[change](userName())} ${more}`)
    for (const other of namesIn(text).filter(one => one !== name)) {
      if (!existsSync(fileOf(other)))
        this.logToStderr(`The crontab also has lines for ${other}, which does not exist: take them out with crontab -e.`)
      else if (change === 'absent') this.logToStderr(`It has those of another installation: ${other}.`)
    }
    return { lines, change }
  }
}

const words: Record<Change, (user: string) => string> = {
  installed: user => `Installed the lines in the crontab of ${user}. A job that has never run is due at once.`,
  replaced: user => `Replaced the lines in the crontab of ${user}.`,
  unchanged: user => `The crontab of ${user} has these lines already.`,
  removed: user => `Removed the lines from the crontab of ${user}.`,
  absent: user => `The crontab of ${user} has no such lines.`,
}

import { Flags } from '@oclif/core'
import { dryRunFlag, examplesOf, faultySandboxFlags, sportsFlag } from '../../cli/flags.ts'
import { JobCommand, type JobsOutcome } from '../../cli/job-command.ts'

export default class Reference extends JobCommand {
  static override summary = 'Load what changes slowly: players, courses, bookmakers.'
  static override description =
    'Reference data moves no watermark. An unchanged file is not read again. The exit code counts files and rows that became dead letters. A sport without reference data is skipped.'
  static override examples = examplesOf({
    'From crontab, once a month': '',
    "The NFL's players": '--sport nfl --only players',
  })
  static override flags = {
    ...sportsFlag,
    only: Flags.string({ summary: 'Datasets to load; all reference data by default.', multiple: true, helpValue: 'players' }),
    'dry-run': dryRunFlag,
    ...faultySandboxFlags,
  }

  async run(): Promise<JobsOutcome> {
    const { flags } = await this.parse(Reference)
    const { loaded } = await this.context()
    const [{ chooseReferenceSports }, { runReference }] = await Promise.all([
      import('../../jobs/request/sports.ts'),
      import('../../jobs/reference.ts'),
    ])
    const { config } = loaded
    const only = flags.only ?? []
    const sports = chooseReferenceSports(flags.sport ?? [], only, { config, sandbox: flags.sandbox })
    const app = await this.app(flags)
    const options = { only, dryRun: flags['dry-run'] || config.features.dryRun }
    const outcome = await this.runForEach(sports, (sport, onProgress) => runReference(app, sport, options, onProgress))
    if (sports.length === 0) this.show('No enabled sport has reference data.')
    return outcome
  }
}

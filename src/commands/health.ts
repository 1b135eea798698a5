import { Flags } from '@oclif/core'
import type { App } from '../app.ts'
import { BaseCommand } from '../cli/base-command.ts'
import { exitCodeOf, failuresToExitCode } from '../cli/exit-codes.ts'
import { examplesOf, faultySandboxFlags } from '../cli/flags.ts'
import { ConfigError, CredentialsError, StoreError } from '../core/errors.ts'
import type { Check } from '../health/check.ts'

interface Outcome {
  checks: Check[]
  findings: number
}

export default class Health extends BaseCommand {
  static override summary = 'Check that everything works: database, clock, jobs, freshness, disk, providers.'
  static override description =
    'Each check is ok, a warning, a failure, or not checked; what is wrong comes first, each with its remedy. Checked are: the database and its schema, the clock, leases, who calls schedule run, each job of the settings, the freshness of each enabled sport, live workers, open dead letters, notices that wait, background jobs, pauses and quotas of providers, free space, and the growth of the tables; with --online also whether each provider answers, with one small request to each. Nothing is written (with --online, the requests are counted), and no database is made or migrated. The exit code is the number of warnings and failures, 99 for 99 or more; 102 if the database cannot be reached, or its schema is newer than this program: then the other checks are still shown.'
  static override examples = examplesOf({
    'All that can be checked here': '',
    'Also whether the providers answer': '--online',
    'For a monitor': '--json',
  })
  static override flags = {
    online: Flags.boolean({ summary: 'Also ask each provider once.' }),
    ...faultySandboxFlags,
  }

  async run(): Promise<Outcome> {
    const { flags } = await this.parse(Health)
    const [{ allSports }, health, { healthText }, { isFinding }, { channelsOf }] = await Promise.all([
      import('../jobs/request/sports.ts'),
      import('../health/health.ts'),
      import('../cli/health-text.ts'),
      import('../health/check.ts'),
      import('../alerts/channels.ts'),
    ])
    const { loaded, clock } = await this.context()
    const { config } = loaded
    const isEnabled = ({ id }: { id: string }) => config.sports[id]?.enabled === true
    const options = {
      loaded,
      sports: allSports(config)
        .filter(isEnabled)
        // Simulated providers want no account.
        .map(sport => (flags.sandbox ? { ...sport, lacks: () => undefined } : sport)),
      jobs: Object.entries(config.jobs).map(([name, job]) => ({ name, ...job })),
      online: flags.online,
      channels: [
        ...(config.worker.cacheInvalidationUrl ? ['cache'] : []),
        ...(config.notify?.channel && config.queue.driver === 'bullmq' && config.queue.redisUrl ? ['redis'] : []),
        ...(config.alerts.enabled ? channelsOf(config).channels.map(({ name }) => name) : []),
      ],
    }
    let checks: Check[]
    let code: number | undefined
    try {
      const app = await this.#open(flags)
      checks = await health.checkHealth(app, options)
      if (checks.some(({ check, status, message }) => check === 'schema' && status === 'failure' && message.includes('newer')))
        code = 102
    } catch (error) {
      // Where it is ours to tell, the other checks are told, too.
      if (!(error instanceof StoreError || error instanceof ConfigError || error instanceof CredentialsError)) throw error
      checks = await health.checkWithoutDatabase(error, options, clock)
      code = exitCodeOf(error)
    }
    this.show(healthText(checks))
    if (flags.sandbox && checks.some(isFinding)) this.show('To each of these commands add --sandbox.')
    const findings = checks.filter(isFinding).length
    process.exitCode = code ?? failuresToExitCode(findings)
    return { checks, findings }
  }

  /** The parts, without making anything that is not there. */
  #open(flags: { sandbox: boolean; 'sandbox-faults'?: string | undefined }): Promise<App> {
    return this.app(flags, { schema: 'as-is', mayCreate: false })
  }
}

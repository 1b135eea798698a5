import { Flags } from '@oclif/core'
import type { App } from '../app.ts'
import { examplesOf, faultySandboxFlags, listFlag } from '../cli/flags.ts'
import { JobCommand } from '../cli/job-command.ts'
import type { RuleResult, SportQuality } from '../jobs/quality.ts'
import type { Receipt } from '../pipeline/receipt.ts'
import type { Sport } from '../pipeline/sport.ts'

interface Mended {
  sport: string
  rule: string
  before: number
  after: number
  outcome: string
}

interface Outcome {
  sports: SportQuality[]
  /** Runs that have asked for something again. */
  runs: Receipt[]
  /** With --fix: what has become of the findings of each rule, in words, too. */
  mended: Mended[]
  findings: number
  failures: number
}

export default class Quality extends JobCommand {
  static override summary = 'Check the stored rows: complete days, sums, duplicates, impossible values.'
  static override description =
    'Holds the rows of each sport against the rules that the sport declares, without asking a provider, and names what breaks them with the remedy. What is missing is looked for below the watermarks, as watermark verify does; what is named in open dead letters is not counted. With --fix, what a refetch may mend is asked for again in the usual way (lease, rate limit, one transaction for each day or file) and compared value by value; then the rules are checked again. No row is changed in any other way. The exit code is the number of findings that remain, errors and warnings, and of what --fix could not load, 99 for 99 or more; with --errors-only warnings are left out. An error cannot be true; a warning may be the doing of the provider. At most 1000 findings of a rule are listed and asked for again at a time.'
  static override examples = examplesOf({
    'All enabled sports': '',
    'One sport, all findings': '--sport nfl --json',
    'What --fix would ask for': '--fix --dry-run',
    'Load again what is wrong or missing': '--sport nba --fix',
  })
  static override flags = {
    sport: listFlag('Sports to check; all enabled ones by default.', 'nba'),
    'errors-only': Flags.boolean({ summary: 'Leave warnings out, of the report and of the exit code.' }),
    fix: Flags.boolean({ summary: 'Ask again for what a refetch may mend, and check again.' }),
    'dry-run': Flags.boolean({ summary: 'Say what --fix would ask for, and ask for nothing.', dependsOn: ['fix'] }),
    ...faultySandboxFlags,
  }

  async run(): Promise<Outcome> {
    const { flags } = await this.parse(Quality)
    const [{ allSports, chooseSports }, quality, { qualityText }, { createPayloadArchive }] = await Promise.all([
      import('../jobs/request/sports.ts'),
      import('../jobs/quality.ts'),
      import('../cli/quality-text.ts'),
      import('../store/payload-archive.ts'),
    ])
    const { loaded, clock } = await this.context()
    const { config } = loaded
    const { sandbox } = flags
    // What an account is needed for was loaded by then.
    const chosen = flags.sport
      ? chooseSports(flags.sport, { config, sandbox })
      : allSports(config).filter(({ id }) => config.sports[id]?.enabled)
    const isFixing = flags.fix && !flags['dry-run']
    const app = isFixing ? await this.app(flags, { mayCreate: false }) : undefined
    const database = app?.database ?? (await this.database(flags, { mayCreate: false }))
    const parts = { database, clock, archive: createPayloadArchive(database, clock) }
    const isWanted = ({ severity }: RuleResult) => severity === 'error' || !flags['errors-only']
    const check = async (sport: Sport): Promise<SportQuality> => {
      const found = await quality.checkQuality(parts, sport)
      const rules = found.rules.filter(isWanted).map(rule => (sandbox ? withSandbox(rule) : rule))
      return { ...found, rules }
    }
    if (chosen.length === 0) this.show('No sport is enabled: nothing was checked.')
    const outcome: Outcome = { sports: [], runs: [], mended: [], findings: 0, failures: 0 }
    for (const sport of chosen) {
      this.signal.throwIfAborted()
      outcome.sports.push(await check(sport))
    }
    if (app) await this.#fix(app, chosen, outcome, check)
    for (const [i, found] of outcome.sports.entries()) {
      const sport = chosen[i] as Sport
      this.showProse(qualityText(found, sport.events))
      const wanted = flags['dry-run'] ? quality.listAgain(sport, found.rules) : []
      if (flags['dry-run'])
        this.showProse(`  --fix would ask for ${wanted.length === 0 ? 'nothing' : quality.describeAgain(sport, wanted)}.`)
    }
    for (const { sport, rule, outcome: words } of outcome.mended) this.showProse(`${sport} ${rule}: ${words}`)
    outcome.findings = outcome.sports.flatMap(({ rules }) => rules).reduce((sum, { count }) => sum + count, 0)
    outcome.failures = outcome.findings + outcome.runs.reduce((sum, { failures }) => sum + failures, 0)
    if (this.failed.length > 0) throw this.failed[0]
    return this.finish(outcome)
  }

  /** Asks again, sport by sport: the trouble of one does not keep the others from their turn. */
  async #fix(
    app: App,
    chosen: readonly Sport[],
    outcome: Outcome,
    check: (sport: Sport) => Promise<SportQuality>,
  ): Promise<void> {
    const [{ listAgain }, { refetch }] = await Promise.all([import('../jobs/quality.ts'), import('../jobs/refetch.ts')])
    await this.runJobs(async ({ onProgress, onReceipt }) => {
      for (const [i, sport] of chosen.entries()) {
        const before = outcome.sports[i] as SportQuality
        const wanted = listAgain(sport, before.rules)
        if (wanted.length === 0) continue
        let hasFailed = false
        try {
          const receipt = await refetch(app, sport, wanted, onProgress)
          hasFailed = receipt.failures > 0
          outcome.runs.push(receipt)
          onReceipt(receipt)
        } catch (error) {
          hasFailed = true
          this.failed.push(this.signal.aborted ? this.signal.reason : error)
          this.signal.throwIfAborted()
        }
        const after = await check(sport)
        outcome.sports[i] = after
        const newLetters = after.openLetters > before.openLetters
        for (const [j, { name, count, isFixable }] of before.rules.entries()) {
          if (count === 0 || !isFixable) continue
          const left = after.rules[j]?.count ?? 0
          const words = mendedText({ before: count, after: left, hasFailed, isInLetters: name === 'complete' && newLetters })
          outcome.mended.push({ sport: sport.id, rule: name, before: count, after: left, outcome: words })
        }
      }
      return { failures: 0 }
    })
  }
}

interface Became {
  before: number
  after: number
  /** The run that asked again had failures. */
  hasFailed: boolean
  /** What could not be loaded is named in the dead letters now, and so is not missing. */
  isInLetters: boolean
}

function mendedText({ before, after, hasFailed, isInLetters }: Became): string {
  const why = hasFailed
    ? 'the run had failures, which are told above'
    : 'what the provider sent breaks the rule, too, or does not have it'
  if (after === before) return `not mended; ${why}.`
  if (isInLetters) return `not mended; what could not be loaded is in the dead letters now: sports-ingest dead-letters list.`
  if (after === 0) return `mended, ${before === 1 ? 'its finding is' : `all ${before} findings are`} gone.`
  return `${before - after} of ${before} findings are mended; of the others, ${why}.`
}

const withSandbox = (rule: RuleResult): RuleResult => ({
  ...rule,
  remedy: rule.remedy && rule.isFixable ? `${rule.remedy} --sandbox` : rule.remedy,
})

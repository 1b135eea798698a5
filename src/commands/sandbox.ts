import { once } from 'node:events'
import { Flags } from '@oclif/core'
import { BaseCommand } from '../cli/base-command.ts'

export default class Sandbox extends BaseCommand {
  static override summary = 'Serve the simulated providers on loopback until told to stop.'
  static override description =
    'Prints the variables that point the other commands at them. Which season is on and which games have been played follows the clock (SPORTS_INGEST_NOW).'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --port 8080',
    '<%= config.bin %> <%= command.id %> --faults 429,500 --fault-rate 0.1',
  ]
  static override flags = {
    port: Flags.integer({ summary: 'Port on 127.0.0.1; 0 takes any free one.', min: 0, max: 65_535, default: 0 }),
    faults: Flags.string({ summary: 'Faults: 429,500,reset,truncate,html,hang,slow.', helpValue: '429,500' }),
    'fault-rate': Flags.string({ summary: 'Which share of the requests a fault strikes.', default: '0.2', helpValue: '0.2' }),
    seed: Flags.integer({ summary: 'Another seed is another league.', min: 0, default: 1 }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Sandbox)
    const { clock, log } = await this.context()
    const [{ startSandbox }, { parseFaultPlan }, { sports }] = await Promise.all([
      import('../sandbox/server.ts'),
      import('../sandbox/faults.ts'),
      import('../sports/index.ts'),
    ])
    const faults = flags.faults === undefined ? {} : { faults: parseFaultPlan(flags.faults, Number(flags['fault-rate'])) }
    await using sandbox = await startSandbox({ clock, log, port: flags.port, seed: flags.seed, ...faults })
    sandbox.hold()
    const providers = sports.flatMap(({ providers: own, live }) => [...own, ...(live ? [live.provider] : [])].map(({ id }) => id))
    const urls = Object.fromEntries(
      providers.map(id => [`SPORTS_INGEST_PROVIDER_${id.toUpperCase().replaceAll('-', '_')}_URL`, sandbox.baseUrlOf(id)]),
    )
    if (this.jsonEnabled()) this.logJson({ url: sandbox.url, pid: process.pid, environment: urls })
    for (const [name, url] of Object.entries(urls)) this.show(`${name}=${url}`)
    await once(this.signal, 'abort')
    this.signal.throwIfAborted()
  }
}

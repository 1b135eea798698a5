import { once } from 'node:events'
import { Flags } from '@oclif/core'
import { BaseCommand } from '../cli/base-command.ts'
import { variableOf } from '../core/config/setting.ts'

/** The simulated Racing API does not look at the account, but its client does not ask without one. */
const anyAccount = { RACING_API_USERNAME: 'sandbox', RACING_API_PASSWORD: 'sandbox' }

export default class Sandbox extends BaseCommand {
  static override summary = 'Serve the simulated providers on loopback until stopped.'
  static override description =
    'Prints the variables that make other commands use them. The clock (SPORTS_INGEST_NOW) decides which season is current and which games have been played.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> --port 8080',
    '<%= config.bin %> <%= command.id %> --faults 429,500 --fault-rate 0.1',
  ]
  static override flags = {
    port: Flags.integer({ summary: 'Port on 127.0.0.1; 0 takes any free one.', min: 0, max: 65_535, default: 0 }),
    faults: Flags.string({ summary: 'Faults: 429,500,reset,truncate,html,hang,slow.', helpValue: '429,500' }),
    'fault-rate': Flags.string({ summary: 'Share of the requests that get a fault.', default: '0.2', helpValue: '0.2' }),
    seed: Flags.integer({ summary: 'A different seed makes a different league.', min: 0, default: 1 }),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Sandbox)
    const { clock, log } = await this.context()
    const [{ startSandbox }, { parseFaultPlan }] = await Promise.all([
      import('../sandbox/server.ts'),
      import('../sandbox/faults.ts'),
    ])
    const faults = flags.faults === undefined ? {} : { faults: parseFaultPlan(flags.faults, Number(flags['fault-rate'])) }
    await using sandbox = await startSandbox({ clock, log, port: flags.port, seed: flags.seed, ...faults })
    sandbox.hold()
    const environment = {
      ...Object.fromEntries(sandbox.providers.map(id => [variableOf(`provider.${id}.url`), sandbox.baseUrlOf(id)])),
      ...anyAccount,
    }
    if (this.jsonEnabled()) this.logJson({ url: sandbox.url, pid: process.pid, environment })
    for (const [name, value] of Object.entries(environment)) this.show(`${name}=${value}`)
    await once(this.signal, 'abort')
    this.signal.throwIfAborted()
  }
}

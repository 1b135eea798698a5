import { Flags } from '@oclif/core'
import type { Tried } from '../../alerts/try-channels.ts'
import { BaseCommand } from '../../cli/base-command.ts'
import { examplesOf } from '../../cli/flags.ts'
import { table } from '../../cli/table.ts'
import { visible } from '../../core/visible.ts'

export default class Test extends BaseCommand {
  static override summary = 'Send one message to each channel of alerts that the settings have, now.'
  static override description =
    "And one ping to the dead man's switch. Tells of each whether it was taken, and why not. The exit code is the number of those that were not; 101 if the settings have no channel. No database is opened."
  static override examples = examplesOf({ 'All channels': '', 'One of them': '--channel mail' })
  static override flags = {
    channel: Flags.option({
      summary: 'Only this one.',
      options: ['webhook', 'hook', 'mail', 'sentry', 'ping'] as const,
    })(),
  }

  async run(): Promise<{ channels: Tried[]; failures: number }> {
    const { flags } = await this.parse(Test)
    const { loaded } = await this.context()
    const { tryChannels } = await import('../../alerts/try-channels.ts')
    const channels = await tryChannels(loaded.config, { only: flags.channel, signal: this.signal })
    const rows = channels.map(({ channel, sent, reason }) => [channel, sent ? 'sent' : 'failed', visible(reason ?? '')])
    this.show(table(['channel', 'result', 'reason'], rows, ''))
    return this.finish({ channels, failures: channels.filter(({ sent }) => !sent).length })
  }
}

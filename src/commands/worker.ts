import { Flags } from '@oclif/core'
import { BaseCommand } from '../cli/base-command.ts'
import { refuseDryRun } from '../cli/dry-run.ts'
import { examplesOf, faultySandboxFlags } from '../cli/flags.ts'
import { workWithoutOutput } from '../cli/output.ts'
import { visible } from '../core/visible.ts'

export default class Worker extends BaseCommand {
  static override summary = 'Work background jobs, until stopped.'
  static override description =
    'Takes jobs from the queue (see queue.driver) and does them, several at a time. Any number of workers may run, on any hosts; what one that dies has begun is with another within 15 seconds. When it is told to stop, jobs at work have 5 seconds to end, and are put back after that.'
  static override examples = examplesOf({
    'Work jobs': '',
    'Two at a time': '--concurrency 2',
    'Those of the sandbox': '--sandbox',
  })
  static override flags = {
    concurrency: Flags.integer({ summary: 'How many jobs at a time. Default: worker.concurrency, 10.', min: 1, max: 1000 }),
    ...faultySandboxFlags,
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Worker)
    const { loaded } = await this.context()
    const [{ runWorker }, { workerName }, { jobLine }] = await Promise.all([
      import('../jobs/background/run-worker.ts'),
      import('../jobs/background/worker-lease.ts'),
      import('../cli/jobs-text.ts'),
    ])
    refuseDryRun(loaded.config, 'a worker')
    workWithoutOutput()
    const app = await this.app(flags)
    const concurrency = flags.concurrency ?? loaded.config.worker.concurrency
    await runWorker(
      app,
      { concurrency },
      {
        onReady: ({ driver }) =>
          this.show(visible(`Worker ${workerName(app)} is ready: ${concurrency} at a time, by ${driver}.`)),
        onBegin: () => {},
        onEnd: note => this.show(jobLine(note, app.clock.now())),
      },
    )
  }
}

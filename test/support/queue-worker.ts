import type { QueueDriver } from '../../src/queue/queue.ts'
import { openTestQueue } from './test-queue.ts'

// A process that begins what is in a queue, says so, and never ends it.
const [driver = '', url = '', name = ''] = process.argv.slice(2)
const { queue } = await openTestQueue(driver as QueueDriver, url, name)
await queue.work(
  ({ id }) => {
    process.stdout.write(`${id}\n`)
    return new Promise(() => {})
  },
  { concurrency: 2 },
)
process.stdout.write('ready\n')

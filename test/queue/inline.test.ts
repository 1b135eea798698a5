import { queueContract } from '../contracts/queue.ts'
import { openTestQueue } from '../support/test-queue.ts'

queueContract(async () => ({
  ...{ driver: 'inline', url: '', name: '' },
  open: () => openTestQueue('inline', '', ''),
  async [Symbol.asyncDispose]() {},
}))

import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { ProviderUnavailableError, RateLimitedError } from '../../src/core/errors.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import type { Delivery, Message, Queue, QueueDriver } from '../../src/queue/queue.ts'
import type { TestQueue } from '../support/test-queue.ts'
import { until } from '../support/until.ts'

export interface QueuePlace extends AsyncDisposable {
  driver: QueueDriver
  url: string
  name: string
  /** Another of the same, as another process has it; the inline one is alone. */
  open(): Promise<TestQueue>
}

const done: Outcome = { kind: 'done' }

const messagesOf = (count: number, more: Partial<Message> = {}): Message[] =>
  Array.from({ length: count }, (_, n) => ({ id: randomUUID(), payload: { n }, ...more }))

/** Works what is there, and keeps what was delivered. */
async function follow(queue: Queue, answer: (delivery: Delivery) => Outcome | Promise<Outcome> = () => done, concurrency = 4) {
  const got: Delivery[] = []
  const working = await queue.work(
    async delivery => {
      got.push(delivery)
      return await answer(delivery)
    },
    { concurrency },
  )
  return { got, working, has: (count: number) => until(`${count} deliveries`, () => got.length >= count) }
}

const untilAborted = ({ signal }: Delivery): Promise<Outcome> =>
  new Promise(resolve => {
    const stop = () => resolve({ kind: 'stop', error: signal.reason })
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
  })

/** What holds for each implementation of the port. */
export function queueContract(place: () => Promise<QueuePlace>): void {
  describe.concurrent('a queue', () => {
    test('delivers each message once, with what it carries, and keeps nothing of it', async () => {
      await using at = await place()
      await using sender = await at.open()
      const payload = { text: 'ä"\\\'{},\u2028 ☃', list: [1, null, [true]], nested: { deep: { 'a b': 0.1 } }, empty: {} }
      const message = { id: randomUUID(), payload, priority: 2 }
      await sender.queue.send([message])
      const { got, has, working } = await follow(sender.queue)
      await has(1)
      expect(got[0]).toMatchObject({ ...message, attempt: 1 })
      // It has ended: it can be sent again.
      await until('it was removed', async () => {
        await sender.queue.send([message])
        return got.length >= 2
      })
      await working.stop()
    })

    test('takes a message that waits or is worked only once', async () => {
      await using at = await place()
      await using one = await at.open()
      const [message] = messagesOf(1) as [Message]
      const send = () => one.queue.send([message])
      await send()
      await send()
      const { got, has, working } = await follow(one.queue, untilAborted)
      await has(1)
      await send()
      const last = messagesOf(1)
      await one.queue.send(last)
      await has(2)
      expect(got.map(({ id }) => id)).toEqual([message.id, last[0]?.id])
      await working.stop()
    })

    test('works those with a higher priority first, and so many at a time', async () => {
      await using at = await place()
      await using one = await at.open()
      const [low, middle, high] = [messagesOf(2), messagesOf(2, { priority: 1 }), messagesOf(2, { priority: 2 })] as const
      await one.queue.send([...low, ...high, ...middle])
      let [now, most] = [0, 0]
      const { got, has, working } = await follow(
        one.queue,
        async () => {
          most = Math.max(most, ++now)
          await new Promise(resolve => setTimeout(resolve, 20))
          now--
          return done
        },
        2,
      )
      await has(6)
      const order = got.map(({ id }) => [low, middle, high].findIndex(some => some.some(message => message.id === id)))
      expect(order).toEqual([2, 2, 1, 1, 0, 0])
      expect(most).toBe(2)
      await working.stop()
    })

    test('leaves slots that are reserved free, and gives more ahead where the handler asks for that', async () => {
      await using at = await place()
      await using one = await at.open()
      const free = Promise.withResolvers<void>()
      const begun: string[] = []
      let wanted = 0
      const working = await one.queue.work(
        async ({ id }) => {
          begun.push(id)
          await free.promise
          return done
        },
        { concurrency: 3, ahead: () => wanted },
      )
      // BullMQ has none to give.
      let reserved = 0
      if (at.driver !== 'bullmq') {
        await until('all are idle', () => {
          reserved += working.reserve(3 - reserved)
          return reserved === 3
        })
      }
      expect(working.reserve(1)).toBe(0)
      await one.queue.send(messagesOf(8))
      for (let n = reserved; n > 0; n--) {
        await until('the others are taken', () => begun.length === 3 - n)
        expect(working.reserve(1)).toBe(0)
        working.release()
      }
      await until('all slots are', () => begun.length === 3)
      expect(working.reserve(1)).toBe(0)
      wanted = 5
      // It is looked at when others begin.
      if (at.driver === 'pg-boss') await until('more are', () => begun.length === 8)
      free.resolve()
      await until('all are', () => begun.length === 8)
      await working.stop()
    })

    test('repeats what is to be tried again, and counts; a snooze does not count; a dead letter is removed', async () => {
      await using at = await place()
      await using one = await at.open()
      const [retry, snooze, dead] = messagesOf(3) as [Message, Message, Message]
      await one.queue.send([retry, snooze, dead])
      const error = new ProviderUnavailableError('It does not answer.')
      const begun = new Set<string>()
      const { got, has, working } = await follow(one.queue, async ({ id, attempt }) => {
        if (id === dead.id) return { kind: 'dead-letter', error }
        if (begun.has(id)) return done
        begun.add(id)
        if (id === retry.id && attempt === 1) throw error
        return { kind: 'snooze', until: new Date(Date.now() + 500), error: new RateLimitedError('Later.') }
      })
      await has(5)
      const attemptsOf = ({ id }: Message) => got.filter(delivery => delivery.id === id).map(({ attempt }) => attempt)
      expect([attemptsOf(retry), attemptsOf(snooze), attemptsOf(dead)]).toEqual([[1, 2], [1, 1], [1]])
      await working.stop()
    })

    test('works a message that is scheduled not before its time', async () => {
      await using at = await place()
      await using one = await at.open()
      const startAt = Date.now() + 1_500
      await one.queue.schedule(messagesOf(1), new Date(startAt))
      const { has, working } = await follow(one.queue)
      await has(1)
      expect(Date.now()).toBeGreaterThanOrEqual(startAt - 50)
      await working.stop()
    })

    test('cancels what waits, and not what is worked', async () => {
      await using at = await place()
      await using one = await at.open()
      const [worked, waiting, last] = [messagesOf(1, { priority: 2 }), messagesOf(2, { priority: 1 }), messagesOf(1)]
      await one.queue.send(worked)
      const free = Promise.withResolvers<Outcome>()
      const { got, has, working } = await follow(one.queue, () => free.promise, 1)
      await has(1)
      await one.queue.send([...waiting, ...last])
      expect(await one.queue.cancel([...worked, ...waiting].map(({ id }) => id))).toBe(2)
      expect(await one.queue.cancel([randomUUID()])).toBe(0)
      free.resolve(done)
      await has(2)
      expect(got.map(({ id }) => id)).toEqual([...worked, ...last].map(({ id }) => id))
      await working.stop()
    })

    test('puts back what is worked when it stops, without counting an attempt', async () => {
      await using at = await place()
      await using one = await at.open()
      const messages = messagesOf(2)
      await one.queue.send(messages)
      const first = await follow(one.queue, untilAborted)
      await first.has(2)
      await first.working.stop()
      const second = await follow(one.queue)
      await second.has(2)
      expect(second.got.map(({ id, attempt }) => [id, attempt]).sort()).toEqual(messages.map(({ id }) => [id, 1]).sort())
      await second.working.stop()
    })

    test('shares messages among its workers, each to one of them', async ({ skip }) => {
      await using at = await place()
      skip(at.driver === 'inline')
      await using one = await at.open()
      await using other = await at.open()
      const messages = messagesOf(300)
      const [first, second] = [await follow(one.queue), await follow(other.queue)]
      await one.queue.send(messages)
      const all = () => [...first.got, ...second.got].map(({ id }) => id)
      await until('all are done', () => all().length >= 300)
      expect(all().sort()).toEqual(messages.map(({ id }) => id).sort())
      await Promise.all([first.working.stop(), second.working.stop()])
    })

    test('gives what a killed worker has begun to another, within 15 seconds', async ({ skip }) => {
      await using at = await place()
      skip(at.driver === 'inline')
      await using one = await at.open()
      const program = join(import.meta.dirname, '../support/queue-worker.ts')
      const child = spawn(process.execPath, [program, at.driver, at.url, at.name], { stdio: ['ignore', 'pipe', 'inherit'] })
      const said: string[] = []
      createInterface(child.stdout).on('line', line => said.push(line))
      await until('the other works', () => said.includes('ready'))
      const [message] = messagesOf(1) as [Message]
      await one.queue.send([message])
      await until('it has begun it', () => said.includes(message.id))
      child.kill('SIGKILL')
      await once(child, 'exit')
      const killedMs = performance.now()
      const { got, has, working } = await follow(one.queue)
      await has(1)
      expect(performance.now() - killedMs).toBeLessThan(15_000)
      expect(got[0]).toMatchObject({ id: message.id, attempt: 2 })
      await working.stop()
    })
  })
}

import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { spool } from '../../../src/jobs/import/spool.ts'

async function* pieces(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text)
}

test('a file is read as it was sent, as often as it is asked for, and its hash is known before', async () => {
  const long = 'x,'.repeat(400_000)
  await using copy = await spool(pieces('a,b\n', '', long))
  expect(copy.hash).toBe(createHash('sha256').update(`a,b\n${long}`).digest('hex'))
  for (let time = 0; time < 2; time++) expect((await buffer(copy.chunks())).toString()).toBe(`a,b\n${long}`)
})

test('a file that breaks off is not kept', async () => {
  const broken = async function* () {
    yield Buffer.from('a,b\n')
    throw new Error('the connection is gone')
  }
  await expect(spool(broken())).rejects.toThrow('the connection is gone')
})

test('who stops reading in the middle can close it', async () => {
  const copy = await spool(pieces('x'.repeat(1_000_000)))
  for await (const chunk of copy.chunks()) {
    expect(chunk.length).toBeGreaterThan(0)
    break
  }
  await copy[Symbol.asyncDispose]()
})

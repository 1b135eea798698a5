import { readdirSync } from 'node:fs'
import { buffer } from 'node:stream/consumers'
import { afterEach, expect, test, vi } from 'vitest'
import { spool } from '../../../src/pipeline/files/spool.ts'
import { createScratch } from '../../support/scratch.ts'

async function* pieces(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text)
}

afterEach(() => void vi.unstubAllEnvs())

test('a file is read as it was sent, as often as it is asked for', async () => {
  const long = 'x,'.repeat(400_000)
  await using copy = await spool(pieces('a,b\n', '', long))
  for (let time = 0; time < 2; time++) expect((await buffer(copy.chunks())).toString()).toBe(`a,b\n${long}`)
})

test('a file that breaks off is not kept', async () => {
  using scratch = createScratch()
  vi.stubEnv('TMPDIR', scratch.path)
  const broken = async function* () {
    yield Buffer.from('a,b\n')
    throw new Error('the connection is gone')
  }
  await expect(spool(broken())).rejects.toThrow('the connection is gone')
  expect(readdirSync(scratch.path)).toEqual([])
})

test('nothing is left of a copy, whenever the process is killed: it has no name from its first byte on', async () => {
  using scratch = createScratch()
  vi.stubEnv('TMPDIR', scratch.path)
  const seen: string[][] = []
  const watched = async function* () {
    yield Buffer.from('x'.repeat(1_000_000))
    seen.push(readdirSync(scratch.path))
    yield Buffer.from('y')
  }
  const copy = await spool(watched())
  for await (const chunk of copy.chunks()) {
    expect(chunk.length).toBeGreaterThan(0)
    seen.push(readdirSync(scratch.path))
    break
  }
  await copy[Symbol.asyncDispose]()
  expect(seen).toEqual([[], []])
})

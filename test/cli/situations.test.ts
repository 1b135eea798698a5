import { expect, test } from 'vitest'
import { install, situations } from '../support/situations.ts'

/** Lines that were broken to fit, as one. */
const plain = (text: string) => text.replaceAll(/\s+/g, ' ')

test.for(Object.entries(situations))('%s: the commands name the cause and the remedy', async ([, prepare]) => {
  await using installation = await install()
  const { now, asks, cause, remedy, code } = await prepare(installation)
  const answers = []
  for (const words of asks) answers.push(await installation.run(now, ...words))
  const said = answers.map(({ stdout, stderr }) => `${stdout}\n${stderr}`).join('\n')
  expect(answers[0]?.code, said).toBe(code)
  expect(plain(said)).toMatch(cause)
  expect(plain(said)).toMatch(remedy)
})

import { describe, expect, test } from 'vitest'
import { putBlock, removeBlock } from '../../../src/schedule/crontab/block.ts'

const file = '/home/me/sports-ingest.config.yaml'
const block = `# BEGIN sports-ingest ${file}\n*/10 * * * * run\n# END sports-ingest ${file}\n`
// As latin1: what no UTF-8 has, a carriage return, no line break at the end.
const others = 'PATH=/opt/bin\r\n# \xff caf\xe9\n\n0 5 * * * backup # BEGIN\n17 * * * * x'

describe('the lines in a crontab', () => {
  test('come first, and everything else stays as it is', () => {
    expect(putBlock('', file, ['*/10 * * * * run'])).toEqual({ text: block, change: 'installed' })
    expect(putBlock(others, file, ['*/10 * * * * run'])).toEqual({ text: `${block}${others}`, change: 'installed' })
  })

  test('are replaced where they are, and written once', () => {
    const text = `MAILTO=me\n${block}${others}`
    expect(putBlock(text, file, ['*/10 * * * * run'])).toEqual({ text, change: 'unchanged' })
    const changed = putBlock(text, file, ['0 6 * * * run', '0 7 * * * run'])
    expect(changed).toEqual({ text: text.replace('*/10 * * * * run', '0 6 * * * run\n0 7 * * * run'), change: 'replaced' })
    const crlf = text.replaceAll('sports-ingest.config.yaml\n', 'sports-ingest.config.yaml \r\n')
    expect(putBlock(crlf, file, ['*/10 * * * * run'])).toEqual({ text, change: 'replaced' })
  })

  test('of another settings file stay, and so do those of a file whose name goes on', () => {
    const text = `${block.replaceAll('/me/', '/you/')}${block.replaceAll('.yaml', '.yaml.old')}`
    expect(putBlock(text, file, ['*/10 * * * * run']).text).toBe(`${block}${text}`)
    expect(removeBlock(`${text}${block}`, file)).toEqual({ text, change: 'removed' })
  })

  test('are removed, and nothing else', () => {
    expect(removeBlock(putBlock(others, file, ['a', 'b']).text, file)).toEqual({ text: others, change: 'removed' })
    expect(removeBlock(`${others}\n${block.trimEnd()}`, file)).toEqual({ text: `${others}\n`, change: 'removed' })
    expect(removeBlock(others, file)).toEqual({ text: others, change: 'absent' })
  })

  test('have a name in any language', () => {
    const { text } = putBlock('', '/home/zoë/日本.yaml', ['a'])
    expect(Buffer.from(text, 'latin1').toString()).toContain('# BEGIN sports-ingest /home/zoë/日本.yaml\n')
    expect(putBlock(text, '/home/zoë/日本.yaml', ['a']).change).toBe('unchanged')
  })

  const [begin = '', line = '', end = ''] = block.split('\n')
  test.each([
    ['no end', [begin, line], /^Line 2 of the crontab says "# BEGIN .*", and no line after it ends it\. Nothing was changed\.$/],
    ['no beginning', [line, end], /^Line 3 of the crontab says "# END .*", and no line before it begins it/],
    ['two beginnings', [begin, line, begin, end], /^Line 4 of the crontab says "# BEGIN .*", and so does line 2/],
    ['twice all', [begin, end, begin, end], /^Line 4 of the crontab says/],
    [
      'another in it',
      [begin, begin.replace('/me/', '/you/'), line, end],
      /^Line 3 .* \/home\/you\/.*", between those of line 2 and its/,
    ],
    ['turned round', [end, line, begin], /^Line 2 of the crontab says "# END/],
  ])('with markers that do not match (%s) are for a person to mend', (_, lines, message) => {
    const text = ['MAILTO=me', ...lines, ''].join('\n')
    expect(() => putBlock(text, file, ['a'])).toThrow(
      expect.objectContaining({ name: 'ConfigError', message: expect.stringMatching(message) }),
    )
    expect(() => removeBlock(text, file)).toThrow(message)
  })
})

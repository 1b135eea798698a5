import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { placeIn, splitStatements } from '../../src/core/sql-statements.ts'

const split = (text: string) => splitStatements(text).map(statement => statement.text)

describe('a text is split at the semicolons that end its statements', () => {
  test.each<[string, string[]]>([
    ['select 1', ['select 1']],
    ['select 1; ;; select 2 ;\n', ['select 1', 'select 2']],
    ['-- a; b\nselect 1 /* c; /* d; */ e; */ ; -- f;', ['select 1 /* c; /* d; */ e; */']],
    [`select 'a;''b'; select "c;""d"`, [`select 'a;''b'`, `select "c;""d"`]],
    [`select e'a\\';b'; select 'c\\'; select 2`, [`select e'a\\';b'`, `select 'c\\'`, 'select 2']],
    ['select $$a;b$$, $t$ c; $$ d; $t$; select $1', ['select $$a;b$$, $t$ c; $$ d; $t$', 'select $1']],
    ['select a$b$; select c$b$', ['select a$b$', 'select c$b$']],
    [
      'create rule r as on insert to t do also (delete from a; delete from b); select 1',
      ['create rule r as on insert to t do also (delete from a; delete from b)', 'select 1'],
    ],
    [
      'create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end; select 3',
      ['create or replace function f() returns int begin atomic select case when true then 1 end; select 2; end', 'select 3'],
    ],
    ['do $$ begin perform 1; end $$; end', ['do $$ begin perform 1; end $$', 'end']],
    [`select 'open; select 2`, [`select 'open; select 2`]],
    ['/* open; select 1', []],
    ['', []],
  ])('%s', (text, statements) => {
    expect(split(text)).toEqual(statements)
  })

  test('whatever it is: nothing is lost but semicolons, space and comments, and no statement begins with one of these', () => {
    const piece = fc.constantFrom(
      "'",
      '"',
      '$$',
      '$a$',
      ';',
      ' ',
      '\n',
      '--',
      '/*',
      '*/',
      '(',
      ')',
      'begin',
      'atomic',
      'e',
      '\\',
      'ä',
      '1',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
        const text = pieces.join('')
        let at = 0
        for (const { text: statement, start } of splitStatements(text)) {
          expect(text.slice(start, start + statement.length)).toBe(statement)
          expect(start).toBeGreaterThanOrEqual(at)
          expect(statement).not.toMatch(/^(\s|;|--|\/\*)/)
          at = start + statement.length
        }
      }),
    )
  })
})

test('a place in a text is told by line and character', () => {
  expect(placeIn('select 1;\nselect ä😀x', 20)).toBe('line 2, character 10')
})

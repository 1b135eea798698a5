import { expect, test } from 'vitest'
import { defaults, statsFunctions } from '../../../src/core/config/config.ts'
import { jobSettings, settings } from '../../../src/core/config/settings.ts'
import { statsFunctionNames } from '../../../src/stats/run-stats.ts'

/** The dotted paths of all scalars. */
const leaves = (node: object, at = ''): string[] =>
  Object.entries(node).flatMap(([key, value]) =>
    typeof value === 'object' && !Array.isArray(value) ? leaves(value, `${at}${key}.`) : `${at}${key}`,
  )

test('every default has a setting that can change it', () => {
  const places = new Set(settings.map(setting => setting.at.join('.')))
  expect(leaves(defaults).filter(leaf => !places.has(leaf))).toEqual([])
})

test('no key and no place is used twice', () => {
  for (const list of [settings, jobSettings]) {
    expect(new Set(list.map(setting => setting.key)).size).toBe(list.length)
    expect(new Set(list.map(setting => setting.at.join('.'))).size).toBe(list.length)
  }
})

test('every default is a value its own setting takes', () => {
  for (const { key, at, kind } of settings) {
    const value = at.reduce<unknown>((node, step) => (node as Record<string, unknown> | undefined)?.[step], defaults)
    if (value === undefined) continue
    const said = kind.print ? kind.print(value) : value
    expect({ key, ...kind.check(said, '/') }).toEqual({ key, value })
  }
})

test('the stats functions that a job may name are those there are', () => {
  expect([...statsFunctions]).toEqual(statsFunctionNames)
})

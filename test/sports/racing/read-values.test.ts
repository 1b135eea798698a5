import { describe, expect, test } from 'vitest'
import { PayloadError } from '../../../src/core/errors.ts'
import {
  readClock,
  readDay,
  readDecimalPrice,
  readDistance,
  readDividends,
  readFlag,
  readHorse,
  readId,
  readInstant,
  readJockey,
  readLengths,
  readMoney,
  readNonRunners,
  readNumber,
  readPrice,
  readSaddlecloth,
  readTime,
  readWeight,
  readWhole,
} from '../../../src/sports/racing/read-values.ts'

const none = ['', ' ', '-', '–', '—', null, undefined]

const readers = {
  readWhole,
  readNumber,
  readLengths,
  readPrice,
  readMoney,
  readTime,
  readWeight,
  readDistance,
  readDay,
  readInstant,
}

test.each(Object.entries(readers))(
  '%s gives null for every way to say that there is none, and refuses what it does not know',
  (_, read) => {
    expect(none.map(text => read(text))).toEqual(none.map(() => null))
    expect(() => read('n/a')).toThrow(PayloadError)
    expect(() => read('12 apples')).toThrow('"12 apples" is not')
  },
)

test.each([
  ['122', 122],
  ['-5', -5],
  [' 7 ', 7],
])('readWhole(%j) is %j', (text, value) => expect(readWhole(text)).toBe(value))

test.each(['1.5', '1e3', '0x10', '12345678901'])('readWhole refuses %j', text =>
  expect(() => readWhole(text)).toThrow(PayloadError),
)

test.each([
  ['0', 0],
  ['.5', 0.5],
  ['4.75', 4.75],
  ['12', 12],
  ['1½', 1.5],
  ['¾', 0.75],
  ['2 ¼', 2.25],
  ['nk', 0.3],
  ['NSE', 0.05],
  ['shd', 0.1],
  ['hd', 0.2],
  ['snk', 0.25],
  ['dht', 0],
  ['dist', 30],
])('readLengths(%j) is %j', (text, value) => expect(readLengths(text)).toBe(value))

test.each([
  ['9/4', { numerator: 9, denominator: 4, favourite: null }],
  ['13/8F', { numerator: 13, denominator: 8, favourite: 'favourite' }],
  ['11/2J', { numerator: 11, denominator: 2, favourite: 'joint' }],
  ['7/1C', { numerator: 7, denominator: 1, favourite: 'co' }],
  ['Evens', { numerator: 1, denominator: 1, favourite: null }],
  ['EvensF', { numerator: 1, denominator: 1, favourite: 'favourite' }],
  ['EvsJ', { numerator: 1, denominator: 1, favourite: 'joint' }],
  ['4', { numerator: 4, denominator: 1, favourite: null }],
])('readPrice(%j)', (text, price) => expect(readPrice(text)).toEqual(price))

test.each(['0', '0/1'])('a price of %j is none', text => expect(readPrice(text)).toBeNull())

test.each(['17.5', '9/4X', '/4', 'SP', '9/0'])('readPrice refuses %j', text =>
  expect(() => readPrice(text)).toThrow(PayloadError),
)

test.each([
  ['£12,851', { amount: 12851, currency: 'GBP' }],
  ['€2000', { amount: 2000, currency: 'EUR' }],
  ['3245.08', { amount: 3245.08, currency: null }],
  ['£6110.82', { amount: 6110.82, currency: 'GBP' }],
  ['$1,500,000', { amount: 1_500_000, currency: 'USD' }],
  ['A$75,000', { amount: 75_000, currency: 'AUD' }],
  ['CHF 900', { amount: 900, currency: 'CHF' }],
])('readMoney(%j)', (text, money) => expect(readMoney(text)).toEqual(money))

test.each([
  ['3.25', 3.25],
  ['1', 1],
  ['0', null],
  ['0.00', null],
])('readDecimalPrice(%j) is %j', (text, price) => expect(readDecimalPrice(text)).toBe(price))

test.each(['0.99', '-2'])('readDecimalPrice refuses %j', text => expect(() => readDecimalPrice(text)).toThrow(PayloadError))

test.each([
  ['4', { number: 4, text: '4' }],
  ['1A', { number: 1, text: '1A' }],
  ['A', { number: null, text: 'A' }],
])('readSaddlecloth(%j)', (text, value) => expect(readSaddlecloth(text)).toEqual(value))

test('an id begins with the letters of its kind, which alone are none', () => {
  const read = readId('own')
  expect(['own_12', ' own_12 ', 'own_', '-', '', undefined].map(text => read(text))).toEqual([
    'own_12',
    'own_12',
    null,
    null,
    null,
    null,
  ])
  for (const text of ['hrs_12', 'own_x', 'constructor']) expect(() => read(text)).toThrow(PayloadError)
})

test('names that every object has are no values', () => {
  for (const read of [readLengths, readMoney, readFlag]) expect(() => read('constructor')).toThrow(PayloadError)
})

test.each(['1:60', '1:75.10'])('readTime refuses %j', text => expect(() => readTime(text)).toThrow(PayloadError))

test.each(['1,23', '£', 'kr 5', '1.234', '10000000000', '£10,000,000,000'])('readMoney refuses %j', text =>
  expect(() => readMoney(text)).toThrow(PayloadError),
)

test('several dividends stand in one text', () => {
  expect(readDividends('£1.70 £1.20')).toEqual([
    { amount: 1.7, currency: 'GBP' },
    { amount: 1.2, currency: 'GBP' },
  ])
  expect(readDividends('')).toEqual([])
})

test.each([
  ['1:43.25', 'PT1M43.25S'],
  ['0:58.95', 'PT0M58.95S'],
  ['58.95', 'PT0M58.95S'],
  ['3:9.90', 'PT3M9.90S'],
])('readTime(%j) is %s', (text, value) => expect(readTime(text)).toBe(value))

test.each([
  ['8-10', 122],
  ['9-0', 126],
  ['11-12', 166],
])('readWeight(%j) is %i pounds', (text, value) => expect(readWeight(text)).toBe(value))

test('a stone has 14 pounds', () => expect(() => readWeight('9-14')).toThrow(PayloadError))

test.each([
  ['1m', 1760],
  ['7f', 1540],
  ['2m½f', 3630],
  ['6½f', 1430],
  ['1m7f209y', 3509],
  ['2m6f31y', 4871],
])('readDistance(%j) is %i yards', (text, value) => expect(readDistance(text)).toBe(value))

describe('the clock of the United Kingdom', () => {
  test.each([
    ['2025-10-07', '8:30', '2025-10-07T19:30:00.000Z'],
    ['2025-12-07', '1:30', '2025-12-07T13:30:00.000Z'],
    ['2025-12-07', '11:45', '2025-12-07T11:45:00.000Z'],
    ['2025-12-07', '12:10', '2025-12-07T12:10:00.000Z'],
    ['2025-12-07', '10:55', '2025-12-07T22:55:00.000Z'],
    ['2025-12-07', '10:55am', '2025-12-07T10:55:00.000Z'],
    ['2025-12-07', '12:05 AM', '2025-12-07T00:05:00.000Z'],
    ['2025-12-07', '3.40 pm', '2025-12-07T15:40:00.000Z'],
    ['2025-12-07', '20:30', '2025-12-07T20:30:00.000Z'],
  ])('%s %s is %s', (day, text, instant) => expect(readClock(day, text, true)?.toISOString()).toBe(instant))

  test('says nothing of a race abroad, unless it is told which half of the day it means', () => {
    expect(readClock('2025-12-07', '7:15', false)).toBeNull()
    expect(readClock('2025-12-07', '7:15am', false)?.toISOString()).toBe('2025-12-07T07:15:00.000Z')
    expect(readClock('2025-12-07', '20:15', false)?.toISOString()).toBe('2025-12-07T20:15:00.000Z')
  })

  test.each(['25:00', '7:75', 'noon'])('refuses %j', text =>
    expect(() => readClock('2025-12-07', text, true)).toThrow(PayloadError),
  )
})

test('an instant has an offset', () => {
  expect(readInstant('2025-10-07T20:30:00+01:00')?.toISOString()).toBe('2025-10-07T19:30:00.000Z')
  expect(() => readInstant('2025-10-07T20:30:00')).toThrow(PayloadError)
  expect(() => readInstant('2025-13-07T20:30:00Z')).toThrow(PayloadError)
})

test.each([
  ['Quiet Harbour (IRE)', { name: 'Quiet Harbour', country: 'IRE' }],
  ['Quiet Harbour GB', { name: 'Quiet Harbour', country: 'GB' }],
  ['Quiet Harbour', { name: 'Quiet Harbour', country: null }],
])('readHorse(%j)', (text, horse) => expect(readHorse(text)).toEqual(horse))

test.each([
  ['Ann Example(7)', { name: 'Ann Example', claimLbs: 7 }],
  ['Ann Example', { name: 'Ann Example', claimLbs: null }],
])('readJockey(%j)', (text, jockey) => expect(readJockey(text)).toEqual(jockey))

test('non-runners are named in prose, with reasons that may hold commas', () => {
  expect(
    readNonRunners('Quiet Harbour (self certificate, colic), Old Pier (IRE), Grey Gull (withdrawn; unruly in stalls), Dune'),
  ).toEqual([
    { horse: 'Quiet Harbour', reason: 'self certificate, colic' },
    { horse: 'Old Pier (IRE)', reason: null },
    { horse: 'Grey Gull', reason: 'withdrawn; unruly in stalls' },
    { horse: 'Dune', reason: null },
  ])
  expect(readNonRunners("Quiet Harbour (vet's certificate (lame, near fore)), Old Pier (IRE) (going), Dune (coughing")).toEqual([
    { horse: 'Quiet Harbour', reason: "vet's certificate (lame, near fore)" },
    { horse: 'Old Pier (IRE)', reason: 'going' },
    { horse: 'Dune', reason: 'coughing' },
  ])
  expect(readNonRunners('')).toEqual([])
})

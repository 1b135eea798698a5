/** Types of PostgreSQL, by their oids, as far as their text is read here. All others are text. */
export const types = {
  bool: 16,
  bytea: 17,
  bigint: 20,
  smallint: 21,
  integer: 23,
  oid: 26,
  json: 114,
  real: 700,
  double: 701,
  date: 1082,
  timestamp: 1114,
  instant: 1184,
  numeric: 1700,
  jsonb: 3802,
} as const

/** The types of elements, by those of their arrays. */
export const elements: Readonly<Record<number, number>> = {
  199: types.json,
  1000: types.bool,
  1001: types.bytea,
  1005: types.smallint,
  1007: types.integer,
  1009: 25, // text
  1015: 1043, // character varying
  1016: types.bigint,
  1021: types.real,
  1022: types.double,
  1028: types.oid,
  1115: types.timestamp,
  1182: types.date,
  1185: types.instant,
  1231: types.numeric,
  2951: 2950, // uuid
  3807: types.jsonb,
}

const numbers = new Set<number>([
  ...[types.bigint, types.smallint, types.integer, types.oid, types.real, types.double, types.numeric],
  790, // money
])

export const isNumber = (type: number): boolean => numbers.has(type)

/** An instant as ISO 8601 has it, UTC, with the digits that are there; `infinity` and years outside of 1 to 9999 as the server writes them. */
export const toIsoInstant = (text: string): string =>
  text.replace(
    /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(\+00)?$/,
    (_, day, time, zone) => `${day}T${time}${zone ? 'Z' : ''}`,
  )

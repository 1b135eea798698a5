import type { SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { TextRow } from './read.ts'

/** Values that are kept until they are written as a group of rows. */
const maxValues = 200_000
const maxBytes = 8 * 1024 * 1024

export interface ParquetColumn {
  name: string
  /** As in CREATE TABLE. */
  type: string
}

/** How a column is written, and what its text becomes. */
interface Field {
  schema: Omit<SchemaElement, 'name'>
  read(text: string): unknown
}

const text: Field = {
  schema: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  read: value => value,
}
const fields: Readonly<Record<string, Field>> = {
  smallint: { schema: { type: 'INT32' }, read: Number },
  integer: { schema: { type: 'INT32' }, read: Number },
  bigint: { schema: { type: 'INT64' }, read: BigInt },
  real: { schema: { type: 'FLOAT' }, read: Number },
  'double precision': { schema: { type: 'DOUBLE' }, read: Number },
  boolean: { schema: { type: 'BOOLEAN' }, read: value => value === 't' },
  date: { schema: { type: 'INT32', converted_type: 'DATE', logical_type: { type: 'DATE' } }, read: toDays },
  'timestamp with time zone': {
    schema: {
      type: 'INT64',
      converted_type: 'TIMESTAMP_MICROS',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
    },
    read: toMicroseconds,
  },
}

/** A decimal of at most 18 digits is a whole number of its smallest part; others, intervals and JSON are texts. */
function fieldOf(type: string): Field {
  const [, precision, scale] = /^numeric\((\d+), ?(\d+)\)$/.exec(type) ?? []
  if (!precision || !scale || Number(precision) > 18) return fields[type] ?? text
  const digits = { precision: Number(precision), scale: Number(scale) }
  return {
    schema: { type: 'INT64', converted_type: 'DECIMAL', logical_type: { type: 'DECIMAL', ...digits }, ...digits },
    read: value => BigInt(value.replace('.', '')),
  }
}

/** Days since 1970. */
function toDays(value: string): number {
  return toTime(`${value}T00:00:00Z`, value) / 86_400_000
}

function toMicroseconds(value: string): bigint {
  const [, day = '', time = '', fraction = ''] = /^(\S+) ([\d:]+)(?:\.(\d+))?\+00$/.exec(value) ?? []
  return BigInt(toTime(`${day}T${time}Z`, value)) * 1000n + BigInt(fraction.padEnd(6, '0'))
}

function toTime(iso: string, value: string): number {
  const time = Date.parse(iso)
  if (Number.isNaN(time)) throw new Error(`Parquet cannot hold the time ${value}.`)
  return time
}

/** Writes rows as a Parquet file, group by group: a group is kept in memory until it is complete. */
export function createParquetFile(columns: readonly ParquetColumn[], write: (bytes: Uint8Array) => Promise<void>) {
  const all = columns.map(({ name, type }) => ({ name, ...fieldOf(type) }))
  const bytes = new ByteWriter()
  const writer = new ParquetWriter({
    writer: bytes,
    schema: [
      { name: 'root', num_children: all.length },
      ...all.map(({ name, schema }): SchemaElement => ({ name, repetition_type: 'OPTIONAL', ...schema })),
    ],
    createdBy: 'sports-ingest',
  })
  let data: unknown[][] = all.map(() => [])
  let size = 0

  /** Takes what was made out of the writer. */
  async function drain(): Promise<void> {
    await write(bytes.getBytes().slice())
    bytes.index = 0
  }

  async function endGroup(): Promise<void> {
    const columnData = all.map(({ name }, i) => ({ name, data: data[i] as unknown[] }))
    const rows = columnData[0]?.data.length ?? 0
    if (rows === 0) return
    await writer.write({ columnData, rowGroupSize: rows })
    data = all.map(() => [])
    size = 0
    await drain()
  }

  return {
    rows: async (rows: readonly TextRow[]): Promise<void> => {
      for (const row of rows) {
        for (const [i, value] of row.entries()) {
          data[i]?.push(value === null ? null : all[i]?.read(value.toString()))
          size += value?.length ?? 0
        }
      }
      const values = (data[0]?.length ?? 0) * all.length
      if (values >= maxValues || size >= maxBytes) await endGroup()
    },
    end: async (): Promise<void> => {
      await endGroup()
      await writer.finish()
      await drain()
    },
  }
}

import { defaults, jobDefaults, jobRuns } from './config.ts'
import { choice, type JsonSchema } from './kinds.ts'
import { type Setting, said } from './setting.ts'
import { jobName, jobSettings, oneOf, ownVariables, settings, variableName } from './settings.ts'

interface Section {
  /** A section of which all lines are comments reads as null. */
  type: 'object' | ['object', 'null']
  additionalProperties: false | Section
  properties: Record<string, JsonSchema | Section>
  propertyNames?: JsonSchema
  required?: string[]
  allOf?: JsonSchema[]
}

/** A JSON Schema (draft 7, which editors know) of the settings file, by which they complete and check it. */
export function settingsSchema(): JsonSchema {
  const root = section()
  for (const setting of settings.filter(({ environmentOnly }) => !environmentOnly)) add(root, setting, defaults)
  const jobs = { ...section(), propertyNames: { pattern: jobName.source }, additionalProperties: jobSchema() }
  root.properties['jobs'] = jobs
  return { $schema: 'http://json-schema.org/draft-07/schema#', title: 'Settings of sports-ingest', ...root }
}

function jobSchema(): Section {
  const job: Section = { ...section(), type: 'object' }
  for (const setting of jobSettings) add(job, setting, jobDefaults)
  job.properties['env'] = {
    ...{ type: ['object', 'null'], additionalProperties: { type: 'string', pattern: '\\S' } },
    propertyNames: { pattern: variableName.source, not: { enum: ownVariables } },
    description: 'variables of its program',
  }
  job.required = jobSettings.filter(({ required }) => required).map(({ key }) => key)
  const given = (key: string): JsonSchema => ({ properties: { [key]: true }, required: [key] })
  const runs = (words: readonly string[]): JsonSchema => ({ properties: { run: choice(words).schema } })
  // What is for some runs only, and what a run needs exactly one of.
  const limited = jobSettings.flatMap(({ key, runs: words }) => (words ? [where(given(key), runs(words))] : []))
  const needed = jobRuns.flatMap(run => {
    const [one, other] = oneOf[run] ?? []
    return one && other ? [where(runs([run]), { oneOf: [given(one), given(other)] })] : []
  })
  const ofPrograms = where({ properties: { env: { type: 'object', minProperties: 1 } }, required: ['env'] }, runs(['exec']))
  job.allOf = [...limited, ofPrograms, ...needed]
  return job
}

/** Without `then`, which would make of the value a promise. */
const where = (condition: JsonSchema, rest: JsonSchema): JsonSchema => ({ anyOf: [{ not: condition }, rest] })

const section = (): Section => ({ type: ['object', 'null'], properties: {}, additionalProperties: false })

/** A secret can be in a variable or a file instead. */
function secretSchema({ pattern = '\\S' }: JsonSchema): JsonSchema {
  return { type: 'string', pattern: `^\\s*(env|file):|${pattern}` }
}

function add(root: Section, setting: Setting, values: object): void {
  const steps = setting.key.split('.')
  let node = root
  for (const step of steps.slice(0, -1)) {
    node.properties[step] ??= section()
    node = node.properties[step] as Section
  }
  const { about, kind } = setting
  const value = said(setting, values)
  const schema = kind.secret ? secretSchema(kind.schema) : kind.schema
  node.properties[steps.at(-1) ?? ''] = { ...schema, description: about, ...(value === undefined ? {} : { default: value }) }
}

import { stringify } from 'yaml'
import { commandOf, type Manifest, type ManifestOptions, migrate, type Variable } from './services.ts'

const database = 'sports-ingest-db'

/** A Blueprint: https://render.com/docs/blueprint-spec. */
export function render({ services, variables }: ManifestOptions): Manifest {
  const envVars = [
    { key: 'DATABASE_URL', fromDatabase: { name: database, property: 'connectionString' } },
    ...variables.map(({ name, value }: Variable) => (value === undefined ? { key: name, sync: false } : { key: name, value })),
  ]
  const blueprint = {
    services: services.map(({ name, words, fields }) => ({
      ...{ type: fields ? 'cron' : 'worker', name, runtime: 'node' },
      ...(fields ? { schedule: fields } : {}),
      // What builds the program is among its development dependencies, which are left out where NODE_ENV is production.
      ...{ buildCommand: 'npm ci --include=dev', startCommand: commandOf(words) },
      ...(fields ? {} : { preDeployCommand: migrate(words) }),
      envVars,
    })),
    databases: [{ name: database }],
  }
  const text = `# Times are in UTC.\n${stringify(blueprint, { lineWidth: 0, aliasDuplicateObjects: false })}`
  return {
    files: [{ name: 'render.yaml', text }],
    notes: ['Commit render.yaml with the settings file at the top of the repository, and create a Blueprint from it.'],
    commands: [],
  }
}

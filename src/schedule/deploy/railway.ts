import { commandOf, type Manifest, type ManifestOptions, migrate, type Service } from './services.ts'

/** As Railway refers to a variable of another service. */
const database = ['DATABASE_URL=$', '{{Postgres.DATABASE_URL}}'].join('')

/** A file for each service: https://docs.railway.com/config-as-code/reference. */
export function railway({ services, variables }: ManifestOptions): Manifest {
  const fileOf = ({ name }: Service) => `${name}.railway.json`
  const files = services.map(service => {
    const { words, fields } = service
    const start = { startCommand: commandOf(words) }
    const deploy = fields
      ? { ...start, cronSchedule: fields, restartPolicyType: 'NEVER' }
      : { ...start, preDeployCommand: [migrate(words)], restartPolicyType: 'ALWAYS' }
    const config = { $schema: 'https://railway.com/railway.schema.json', build: { builder: 'RAILPACK' }, deploy }
    return { name: fileOf(service), text: `${JSON.stringify(config, null, 2)}\n` }
  })
  const names = variables.map(({ name, value }) => (value === undefined ? `${name}=` : `${name}=${value}`))
  return {
    files,
    notes: [
      'Add a Postgres database to the project, and one service from the repository for each file. In the settings of the service, name its file as the config file; times are in UTC.',
      'Set these variables in each service:',
    ],
    commands: [database, ...names],
  }
}

import { commandOf, type Manifest, type ManifestOptions, migrate } from './services.ts'

/** https://devcenter.heroku.com/articles/app-json-schema. What Heroku Scheduler runs is in no file. */
export function heroku({ services, variables }: ManifestOptions): Manifest {
  const lasting = services.filter(({ fields }) => !fields)
  const processes = lasting.map(({ words }) => ({ type: words[0] ?? '', command: commandOf(words) }))
  const release = services.slice(0, 1).map(({ words }) => `release: ${migrate(words)}`)
  const app = {
    ...{ name: 'sports-ingest', description: 'Keeps a database of sports results up to date.' },
    buildpacks: [{ url: 'heroku/nodejs' }],
    addons: ['heroku-postgresql', 'scheduler'],
    env: Object.fromEntries(variables.map(({ name, value }) => [name, value === undefined ? { required: true } : { value }])),
    formation: Object.fromEntries(processes.map(({ type }) => [type, { quantity: 1, size: 'basic' }])),
  }
  const lines = [...release, ...processes.map(({ type, command }) => `${type}: ${command}`)]
  return {
    files: [
      { name: 'Procfile', text: `${lines.join('\n')}\n` },
      { name: 'app.json', text: `${JSON.stringify(app, null, 2)}\n` },
    ],
    notes: [
      'The add-on heroku-postgresql sets DATABASE_URL. Heroku Scheduler has no file: run heroku addons:open scheduler, and add these jobs, every 10 minutes each:',
    ],
    commands: services.filter(({ fields }) => fields).map(({ words }) => commandOf(words)),
  }
}

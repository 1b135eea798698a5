import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { folderWith } from './folder.ts'

const module = new URL('../../../src/core/config/load.ts', import.meta.url).href

/** The packages that a process of its own imports while it loads its settings. */
async function packagesImported(cwd: string, env: Record<string, string>): Promise<string[]> {
  const script = `import { registerHooks } from 'node:module'
    const seen = new Set()
    registerHooks({
      resolve(specifier, context, next) {
        const found = next(specifier, context)
        const name = /node_modules\\/([^/]+)\\//.exec(found.url)?.[1]
        if (name) seen.add(name)
        return found
      },
    })
    const { loadConfig } = await import('${module}')
    await loadConfig({ env: ${JSON.stringify(env)}, cwd: ${JSON.stringify(cwd)} })
    process.stdout.write(JSON.stringify([...seen].sort()))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', '--input-type=module', '-e', script])
  return JSON.parse(stdout)
}

test('without a file no package is imported, whatever the environment sets', async () => {
  await using folder = await folderWith()
  const env = {
    DATABASE_URL: 'postgres://db/x',
    LOG_LEVEL: 'warn',
    SPORTS_INGEST_NOW: '2025-01-15T12:00:00Z',
    SPORTS_INGEST_API_RATE_LIMIT: '3',
    SPORTS_INGEST_PROVIDER_NBA_CDN_URL: 'http://127.0.0.1:1',
  }
  expect(await packagesImported(folder.path, env)).toEqual([])
})

test('a file brings yaml', async () => {
  await using folder = await folderWith({ 'sports-ingest.config.yaml': 'api: { timeout: 3 }' })
  expect(await packagesImported(folder.path, {})).toEqual(['yaml'])
})

#!/usr/bin/env node
// Checks what is generated: oclif.manifest.json, README.md's commands, the migrations. With --write, makes them anew.
// Reads the built commands in dist/, so build first; the npm scripts do.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, normalize, relative } from 'node:path'
import { Plugin } from '@oclif/core'
import drizzle from '../drizzle/config.ts'

const root = process.cwd()
const write = process.argv.includes('--write')
const stale = []

const manifest = await createManifest()
settle('oclif.manifest.json', `${JSON.stringify(manifest, null, 2)}\n`)
settle('README.md', readme(manifest))
checkMigrations()
for (const file of stale) console.error(`${file} is out of date. Hint: run npm run generate, and commit what it writes.`)
process.exitCode = stale.length > 0 ? 1 : 0

function settle(file, text) {
  const path = join(root, file)
  if (readIfThere(path) === text) return
  if (write) {
    writeFileSync(path, text)
    console.log(`Wrote ${file}.`)
  } else stale.push(file)
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

async function createManifest() {
  const plugin = new Plugin({
    root,
    type: 'core',
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  })
  await plugin.load()
  const { commands, version } = plugin.manifest
  const sorted = Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1))
  return { commands: Object.fromEntries(sorted), version }
}

/** README.md with the commands between its markers written anew. */
function readme({ commands }) {
  const shown = Object.values(commands).filter(command => !command.hidden && !['autocomplete', 'help'].includes(command.id))
  const text = shown.map(section).join('\n')
  const old = readFileSync(join(root, 'README.md'), 'utf8')
  const marked = /(<!-- commands -->\n).*(<!-- commandsstop -->)/s
  if (!marked.test(old)) throw new Error('README.md lacks the markers <!-- commands --> and <!-- commandsstop -->.')
  return old.replace(marked, (_, start, stop) => `${start}\n${text}\n${stop}`)
}

/** One command. What all of them take, README.md says once, by hand. */
function section({ id, args, flags, summary, description }) {
  const words = Object.values(args).map(({ name, required, multiple }) => {
    const word = `${name.toUpperCase()}${multiple ? '…' : ''}`
    return required ? word : `[${word}]`
  })
  const own = Object.values(flags).filter(flag => flag.helpGroup !== 'GLOBAL' && !flag.hidden && flag.name !== 'sandbox')
  return [
    `#### \`${[...id.split(':'), ...words].join(' ')}\`\n`,
    `${[summary, description].filter(Boolean).join(' ').replaceAll(/\s+/g, ' ')}\n`,
    ...own.map(flag => `- \`${flagText(flag)}\`: ${sentence(flag)}`),
    ...(own.length > 0 ? [''] : []),
  ].join('\n')
}

function flagText({ name, type, allowNo, options, helpValue, multiple, default: fallback }) {
  if (type === 'boolean') return allowNo ? `--[no-]${name}` : `--${name}`
  return `--${name} ${options?.join('|') ?? helpValue ?? (typeof fallback === 'number' ? 'N' : 'TEXT')}${multiple ? '…' : ''}`
}

function sentence({ summary, description, default: fallback, type }) {
  const text = summary ?? description ?? ''
  return type === 'option' && fallback !== undefined ? `${text} Default: ${fallback}.` : text
}

/** Asks drizzle-kit, on a copy, whether the tables in src/ need a migration that is not there. */
function checkMigrations() {
  const out = normalize(drizzle.out)
  if (write) return drizzleKit('drizzle/config.ts', 'inherit')
  const temporary = mkdtempSync(join(tmpdir(), 'sports-ingest-migrations-'))
  try {
    const copy = join(temporary, 'migrations')
    cpSync(join(root, out), copy, { recursive: true })
    const config = join(temporary, 'config.json')
    // It takes the folder to be below the working directory, whatever it looks like.
    writeFileSync(config, JSON.stringify({ ...drizzle, out: relative(root, copy) }))
    drizzleKit(config, 'pipe')
    if (readdirSync(copy).length > readdirSync(join(root, out)).length) stale.push(out)
  } catch (error) {
    // It would rather ask a person: whether a column is new or has another name now.
    console.error(String(error.stderr || error.message).trim())
    stale.push(out)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

function drizzleKit(config, stdio) {
  const program = join(root, 'node_modules/drizzle-kit/bin.cjs')
  execFileSync(process.execPath, [program, 'generate', '--config', config], {
    cwd: root,
    timeout: 60_000,
    encoding: 'utf8',
    stdio,
  })
}

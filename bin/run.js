#!/usr/bin/env node
// Kept to what any Node since 14 can parse: it is the one that says that another is needed.
import { existsSync, readFileSync } from 'node:fs'
import module from 'node:module'
import { homedir, tmpdir, userInfo } from 'node:os'

const root = new URL('../', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'))
const wanted = manifest.engines.node.replace('>=', '')
const args = process.argv.slice(2)

if (!isAtLeast(process.versions.node, wanted)) {
  fail(
    `sports-ingest needs Node ${wanted} or newer; this is ${process.version}. Hint: Install Node 24, or run it with npx in its own folder.`,
  )
} else if (args.length === 1 && args[0] === '--version') {
  // Answered here: loading the whole program for it takes four times as long.
  process.stdout.write(`${manifest.name}/${manifest.version} ${process.platform}-${process.arch} node-${process.version}\n`)
} else if (!existsSync(new URL('dist/main.js', root))) {
  fail('sports-ingest is not built. Hint: Run npm run build.')
} else {
  nameTheUnnamed()
  if (module.enableCompileCache) module.enableCompileCache()
  void import('../dist/main.js').then(({ main }) => main(args, root.href))
}

/** In a container a user may be a bare number, without shell and home: then oclif, which asks for both, ends every command. */
function nameTheUnnamed() {
  try {
    userInfo()
    homedir()
  } catch {
    if (!process.env.SHELL) process.env.SHELL = ''
    if (!process.env.HOME) process.env.HOME = tmpdir()
  }
}

function fail(line) {
  process.stderr.write(`${line}\n`)
  process.exitCode = 100
}

function isAtLeast(version, least) {
  const [a, b] = [version, least].map(text => text.split('.').map(Number))
  return a[0] !== b[0] ? a[0] > b[0] : a[1] >= b[1]
}

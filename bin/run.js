#!/usr/bin/env node
// Kept to what any Node since 14 can parse: it is the one that says that another is needed.
import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync } from 'node:fs'
import module from 'node:module'
import { homedir, userInfo } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

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
  const cache = cacheFolder()
  const umask = process.umask(0o077)
  if (cache) module.enableCompileCache(cache)
  process.umask(umask)
  nameTheUnnamed()
  void import('../dist/main.js').then(({ main }) => main(args, root.href))
}

/** In a container a user may be a bare number, without shell and home: then oclif, which asks for both, ends every command. */
function nameTheUnnamed() {
  try {
    userInfo()
    homedir()
  } catch {
    if (!process.env.SHELL) process.env.SHELL = ''
    // Not the folder for temporary files, in which any user may make the folders that are looked for in a home.
    if (!process.env.HOME) process.env.HOME = '/'
  }
}

/**
 * Where Node keeps compiled code: it runs what it finds there, so nobody else may be able to put anything there. Undefined if there is
 * no such place, as with `sudo` that keeps another user's HOME, or if NODE_COMPILE_CACHE has chosen a folder or switched it off.
 */
function cacheFolder() {
  if (!module.enableCompileCache || module.getCompileCacheDir() || process.env.NODE_DISABLE_COMPILE_CACHE) return undefined
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env
  const own = ['sports-ingest', 'compile-cache']
  // Its access list lets in nobody else.
  if (process.platform === 'win32') return LOCALAPPDATA && join(LOCALAPPDATA, ...own)
  const mac = process.platform === 'darwin'
  const xdg = !mac && XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME)
  try {
    let folder = guarded(xdg ? XDG_CACHE_HOME : homedir())
    for (const name of [...(xdg ? [] : mac ? ['Library', 'Caches'] : ['.cache']), ...own]) {
      const path = join(folder, name)
      if (!existsSync(path)) mkdirSync(path, { mode: 0o700 })
      folder = guarded(path, folder)
    }
    return lstatSync(folder).mode & 0o077 ? undefined : folder
  } catch {
    return undefined
  }
}

/**
 * The folder without links. Throws if it is not there, or if another user than root could have put another one in its place.
 * @param known a folder above it for which this was so
 */
function guarded(path, known) {
  const real = realpathSync.native(path)
  const user = process.geteuid()
  for (let at = real; at !== known; at = dirname(at)) {
    const { uid, mode } = lstatSync(at)
    // In a folder with the sticky bit everybody may make files, but not rename those of others.
    if ((uid !== 0 && uid !== user) || (mode & 0o022 && !(mode & 0o1000))) throw new Error(`Others can change ${at}.`)
    if (at === dirname(at)) return real
  }
  return real
}

function fail(line) {
  process.stderr.write(`${line}\n`)
  process.exitCode = 100
}

function isAtLeast(version, least) {
  const [a, b] = [version, least].map(text => text.split('.').map(Number))
  return a[0] !== b[0] ? a[0] > b[0] : a[1] >= b[1]
}

#!/usr/bin/env node
// Bundles the program into dist/: one file per command, what they share in chunks. Bundled it starts 25 % quicker.
import { globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'

const commands = globSync('src/commands/**/*.ts')
// Built beside it and moved into place, so that whoever runs the program meanwhile finds it.
const outdir = `dist.${process.pid}`
const { metafile } = await build({
  entryPoints: {
    main: 'src/cli/main.ts',
    ...Object.fromEntries(commands.map(file => [file.slice('src/'.length, -'.ts'.length), file])),
  },
  outdir,
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  // Names stay and lines are short, so that a crash can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 160,
  sourcemap: false,
  platform: 'node',
  format: 'esm',
  target: 'node22.19',
  // Asked for by libraries in cases that do not occur here.
  external: ['typescript', 'ts-node', 'tsx', 'pg-native', 'bullmq', 'ioredis'],
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
})

// For libraries in CommonJS. Only where it is used: in each of the 20 files that a command loads it took half a millisecond.
const commonJs = `import { createRequire as $createRequire } from 'node:module'; import { dirname as $dirname } from 'node:path'; const require = $createRequire(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname
`
for (const file of Object.keys(metafile.outputs)) {
  const code = readFileSync(file, 'utf8')
  if (/\b(require|__filename|__dirname)\b/.test(code)) writeFileSync(file, commonJs + code)
}

// What was bundled is others' work; their licences go with it.
const packages = new Set(
  Object.keys(metafile.inputs).flatMap(file => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []),
)
const notices = [...packages].sort().map(folder => {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const [file] = globSync(`${folder}/{LICEN[CS]E,licen[cs]e,Licen[cs]e}{,.md,.txt,.MIT}`)
  return `${name} ${version} (${license})\n\n${file ? readFileSync(file, 'utf8').trim() : ''}\n`
})
writeFileSync(`${outdir}/LICENSES.txt`, notices.join(`\n${'-'.repeat(80)}\n\n`))
rmSync('dist', { recursive: true, force: true })
renameSync(outdir, 'dist')

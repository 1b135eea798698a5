#!/usr/bin/env node
// Runs the sources as they are (Node strips the types), without the manifest: for working on the program.
import { main } from '../src/cli/main.ts'

await main(process.argv.slice(2), new URL('../', import.meta.url).href, true)

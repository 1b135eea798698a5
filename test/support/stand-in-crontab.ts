import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A program `crontab` that keeps its file in a folder, and speaks as Debian's does. */
export function createCrontab(folder: string) {
  const [bin, file, refusal] = [join(folder, 'bin'), join(folder, 'tab'), join(folder, 'refusal')]
  mkdirSync(bin)
  const script = `#!/bin/sh
[ -f '${refusal}' ] && { cat '${refusal}' >&2; exit 1; }
case $1 in
-l) [ -f '${file}' ] || { echo 'no crontab for me' >&2; exit 1; }; cat '${file}' ;;
-r) rm '${file}' ;;
-) cat >'${file}'; echo >>'${file}.writes' ;;
esac
`
  writeFileSync(join(bin, 'crontab'), script)
  chmodSync(join(bin, 'crontab'), 0o755)
  return {
    path: `${bin}:${process.env['PATH']}`,
    read: () => (existsSync(file) ? readFileSync(file, 'latin1') : undefined),
    write: (text: string) => writeFileSync(file, text, 'latin1'),
    /** How often it was written. */
    writes: () => (existsSync(`${file}.writes`) ? readFileSync(`${file}.writes`, 'utf8').length : 0),
    /** It says this from now on, and does nothing. */
    refuse: (said: string) => writeFileSync(refusal, `${said}\n`),
    allow: () => rmSync(refusal),
  }
}

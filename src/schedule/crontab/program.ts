import { spawnSync } from 'node:child_process'
import { ConfigError } from '../../core/errors.ts'

/** The crontab of this user, its bytes as latin1; undefined where there is none. @throws ConfigError */
export function readCrontab(): string | undefined {
  const { status, stdout, said } = crontab(['-l'])
  if (status === 0) return stdout
  // Of Debian, cronie and macOS; and of busybox.
  if (/no crontab for|can't open '[^']*': No such file/i.test(said)) return undefined
  throw new ConfigError(`The crontab cannot be read: ${said || `crontab -l ended with ${status}`}.`, { hint: notAllowed })
}

/** Writes it at once. An empty one is removed. @throws ConfigError */
export function writeCrontab(text: string): void {
  const { status, said } = text === '' ? crontab(['-r']) : crontab(['-'], text)
  if (status !== 0)
    throw new ConfigError(`The crontab cannot be written: ${said || `crontab ended with ${status}`}.`, { hint: notAllowed })
}

const notAllowed =
  'Whether this user may have one is in /etc/cron.allow and /etc/cron.deny. Without --install the lines are printed.'

function crontab(words: readonly string[], input = '') {
  // Its messages are read.
  const env = { ...process.env, LC_ALL: 'C' }
  const { status, stdout, stderr, error } = spawnSync('crontab', words, { env, input: Buffer.from(input, 'latin1') })
  if (error) {
    const isMissing = 'code' in error && error.code === 'ENOENT'
    throw new ConfigError(isMissing ? 'There is no program crontab here.' : `crontab cannot be started: ${error.message}.`, {
      hint: isMissing ? 'Install cron (Debian, Ubuntu: apt-get install cron), or see sports-ingest deploy systemd.' : undefined,
      cause: error,
    })
  }
  const said = stderr.toString().trim().replaceAll(/\s+/g, ' ').replace(/\.$/, '')
  return { status, stdout: stdout.toString('latin1'), said }
}

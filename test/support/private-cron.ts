import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clean } from './cli.ts'
import { until } from './until.ts'

/** Why there can be no cron of a test's own here; undefined where there can be. */
export const noCron = ((): string | undefined => {
  if (process.getuid?.() !== 0) return 'only root can start one'
  if (!existsSync('/usr/sbin/cron')) return "Debian's cron is not installed"
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'this root cannot mount anything'
  }
})()

/**
 * Debian's cron for root alone, with an empty spool and no table of the machine: in namespaces of its own it neither sees nor changes what a
 * cron of the machine does, and what it has started ends with it. Its root has another home.
 */
export async function startPrivateCron(folder: string, home: string) {
  const passwd = join(folder, 'passwd')
  writeFileSync(passwd, readFileSync('/etc/passwd', 'utf8').replace(/^(root:[^\n]*):[^:\n]*(:[^:\n]*)$/m, `$1:${home}$2`))
  const script = `set -e
    mount --bind '${passwd}' /etc/passwd
    for empty in /run /var/log /var/spool/cron /etc/cron.d; do mount -t tmpfs tmpfs $empty; done
    mkdir -m 1730 /var/spool/cron/crontabs
    chgrp crontab /var/spool/cron/crontabs
    mount --bind /dev/null /etc/crontab
    /usr/sbin/cron -f & wait`
  const namespaces = ['--mount', '--propagation', 'private', '--pid', '--mount-proc', '--fork', '--kill-child']
  const shell = spawn('unshare', [...namespaces, '/bin/sh', '-c', script], {
    ...{ env: { PATH: clean['PATH'] }, stdio: ['ignore', 'ignore', 'inherit'] },
  })
  const ended = once(shell, 'exit')
  let first = ''
  await until('cron has started', () => {
    if (shell.exitCode !== null) throw new Error(`cron has ended with ${shell.exitCode}`)
    first = readFileSync(`/proc/${shell.pid}/task/${shell.pid}/children`, 'utf8').trim()
    return first !== '' && existsSync(`/proc/${first}/root/run/crond.pid`)
  }).catch(error => {
    shell.kill('SIGKILL')
    throw error
  })
  return {
    /** Starts a program beside it. */
    start: (command: string, args: readonly string[], cwd: string, env: Record<string, string | undefined>) =>
      spawn('nsenter', ['-t', first, '--mount', '--pid', `--wd=${cwd}`, '--', command, ...args], {
        env: { ...clean, ...env, HOME: home },
      }),
    read: (path: string) => {
      const there = join(`/proc/${first}/root`, path)
      return existsSync(there) ? readFileSync(there, 'utf8') : undefined
    },
    [Symbol.asyncDispose]: async () => {
      // With the first process of its namespace all others end, before the shell's parent does.
      process.kill(Number(first), 'SIGKILL')
      await ended
    },
  }
}

import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../cli/base-command.ts'
import { examplesOf } from '../cli/flags.ts'
import type { Manifest } from '../schedule/deploy/services.ts'

export default class Deploy extends BaseCommand {
  static override summary = 'Print the manifest that runs the jobs of the settings on a host.'
  static override description =
    'It starts schedule run every 10 minutes, or with --per-job each job at its own times, and keeps live running, unless a job of the settings does that. Times are in UTC; where a change of the clock makes a time two, both are in the manifest, and the program decides which is due. Secrets are named, never written. On render, railway and heroku the database is one of the host, and the program is what npm installs in a repository that has the settings file. On systemd it is this installation, for this user.'
  static override examples = examplesOf({
    'A Blueprint of Render': 'render > render.yaml',
    'Services and timers for systemd': 'systemd --dir /etc/systemd/system',
    'A timer for each job': 'systemd --per-job',
  })
  static override args = {
    host: Args.string({
      description: 'The host: render, railway, heroku or systemd.',
      options: ['render', 'railway', 'heroku', 'systemd'],
      required: true,
    }),
  }
  static override flags = {
    'per-job': Flags.boolean({ summary: 'Start each job that is not switched off by itself, instead of all by one.' }),
    dir: Flags.string({ summary: 'Write the files into this directory, over none that differs.', helpValue: 'DIR' }),
  }

  async run(): Promise<Manifest> {
    const { args, flags } = await this.parse(Deploy)
    const manifest = await this.#manifest(args.host, flags['per-job'])
    const { files, notes, commands } = manifest
    if (flags.dir) {
      const { writeManifest } = await import('../schedule/deploy/write.ts')
      for (const path of await writeManifest(files, flags.dir)) this.show(`Wrote ${path}.`)
    } else {
      // Of several files each begins with its name, as systemctl cat has it.
      this.show(
        files
          .map(({ name, text }) => (files.length > 1 ? `# ${name}\n${text}` : text))
          .join('\n')
          .trimEnd(),
      )
    }
    for (const note of notes) this.logToStderr(note)
    // To be copied: not folded to the width of a terminal.
    if (!this.jsonEnabled()) for (const command of commands) process.stderr.write(`${command}\n`)
    return manifest
  }

  async #manifest(host: string, perJob: boolean): Promise<Manifest> {
    const { loaded, clock } = await this.context()
    const { fileInRepository, listServices, listVariables } = await import('../schedule/deploy/services.ts')
    const { file = '', config } = loaded
    if (host === 'systemd') {
      const [{ systemd }, { handedOn, program }, { listFromEnvironment, toLines }, { userName }] = await Promise.all([
        import('../schedule/deploy/systemd.ts'),
        import('../schedule/crontab/places.ts'),
        import('../schedule/from-environment.ts'),
        import('../core/user-name.ts'),
      ])
      const { notes, ...units } = systemd({
        services: listServices(loaded, file, perJob, clock.now()),
        ...program(),
        user: process.getuid?.() === 0 ? undefined : userName(),
        environment: handedOn(loaded, process.env),
        isEmbedded: config.database.url === undefined,
      })
      return { ...units, notes: [...toLines(listFromEnvironment(loaded, process.env), 'systemd'), ...notes] }
    }
    const services = listServices(loaded, fileInRepository(file, process.cwd()), perJob, clock.now())
    const options = { services, variables: listVariables(loaded, process.env) }
    switch (host) {
      case 'render':
        return (await import('../schedule/deploy/render.ts')).render(options)
      case 'railway':
        return (await import('../schedule/deploy/railway.ts')).railway(options)
      default:
        return (await import('../schedule/deploy/heroku.ts')).heroku(options)
    }
  }
}

import type { Manifest, Service } from './services.ts'

export interface UnitOptions {
  services: readonly Service[]
  node: string
  script: string
  /** Undefined for root. */
  user: string | undefined
  environment: Readonly<Record<string, string>>
  /** The database is the embedded one. */
  isEmbedded: boolean
}

/** Units for /etc/systemd/system: a service and a timer for what is started at times, a service for what is always there. */
export function systemd({ services, ...options }: UnitOptions): Manifest {
  const files = services.flatMap(service => {
    const unit = { name: `${service.name}.service`, text: serviceUnit(service, options) }
    return service.fields ? [unit, { name: `${service.name}.timer`, text: timerUnit(service, service.fields) }] : [unit]
  })
  const enabled = services.map(({ name, fields }) => `${name}.${fields ? 'timer' : 'service'}`)
  return {
    files,
    notes: ['Save each as /etc/systemd/system/NAME, as --dir /etc/systemd/system does, then run:'],
    commands: ['systemctl daemon-reload', `systemctl enable --now ${enabled.join(' ')}`],
  }
}

function serviceUnit(
  { about, words, fields }: Service,
  { node, script, user, environment, isEmbedded }: Omit<UnitOptions, 'services'>,
): string {
  return lines(
    '[Unit]',
    `Description=sports-ingest: ${literal(about)}`,
    'Wants=network-online.target',
    'After=network-online.target',
    '',
    '[Service]',
    `Type=${fields ? 'oneshot' : 'exec'}`,
    ...(user ? [`User=${user}`] : []),
    ...Object.entries(environment).map(([name, value]) => `Environment=${quote(`${name}=${value}`)}`),
    `ExecStart=${[node, script, ...words].map(quoteArgument).join(' ')}`,
    ...(fields
      ? []
      : [
          'Restart=always',
          'RestartSec=10',
          '# Wrong use, and settings that a person has to mend.',
          'RestartPreventExitStatus=100 101',
          'SuccessExitStatus=143',
          'TimeoutStopSec=30',
        ]),
    ...(isEmbedded ? ['# The embedded database serves other units too; it stops by itself.', 'KillMode=process'] : []),
    'NoNewPrivileges=true',
    'ProtectSystem=full',
    'ProtectKernelTunables=true',
    'ProtectKernelModules=true',
    'ProtectControlGroups=true',
    'RestrictSUIDSGID=true',
    'LockPersonality=true',
    ...(fields ? [] : ['', '[Install]', 'WantedBy=multi-user.target']),
  )
}

const timerUnit = ({ about }: Service, fields: string): string =>
  lines(
    '[Unit]',
    `Description=sports-ingest: ${literal(about)}`,
    '',
    '[Timer]',
    ...(about.includes('*')
      ? ['# In UTC, whatever the clock of this machine does. Where it is two times, the program decides which is due.']
      : []),
    ...calendarOf(fields).map(calendar => `OnCalendar=${calendar}`),
    'Persistent=true',
    'AccuracySec=10s',
    '',
    '[Install]',
    'WantedBy=timers.target',
  )

const lines = (...all: string[]): string => `${all.join('\n')}\n`

const literal = (text: string): string => text.replaceAll('%', '%%')

const quote = (text: string): string => {
  const plain = literal(text)
  return /^[\w@+=:,./%-]+$/.test(plain) ? plain : `"${plain.replaceAll(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`
}

/** In a command, $ begins a variable. */
const quoteArgument = (word: string): string => quote(word.replaceAll('$', '$$$$'))

/** Cron fields in UTC as calendar events, which are due where all of their parts hold. */
export function calendarOf(fields: string): string[] {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields.split(' ')
  const part = (field: string, low: number, names: readonly string[] = []) => toPart(field, low, names)
  const on = weekday === '*' ? '' : `${weekdaysOf(weekday)} `
  return [`${on}*-${part(month, 1, months)}-${part(day, 1)} ${part(hour, 0)}:${part(minute, 0)}:00 UTC`]
}

const months = ['', ...'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')]
const weekdays = 'sun mon tue wed thu fri sat'.split(' ')

const numberOf = (text: string, names: readonly string[]): number =>
  /^\d+$/.test(text) ? Number(text) : names.indexOf(text.toLowerCase())

/** `*`, `*\/2`, `1-5/2` and lists of them, as `*`, `1/2` and `1..5/2`. */
const toPart = (field: string, low: number, names: readonly string[]): string =>
  field
    .split(',')
    .map(one => {
      const [range = '', step] = one.split('/')
      const said =
        range === '*'
          ? step
            ? `${low}`
            : '*'
          : range
              .split('-')
              .map(word => numberOf(word, names))
              .join('..')
      return step ? `${said}/${step}` : said
    })
    .join(',')

/** Each weekday by its name: cron has two numbers for Sunday. */
function weekdaysOf(field: string): string {
  const all = field.split(',').flatMap(one => {
    const [range = '', step = '1'] = one.split('/')
    const [from = 0, to = from] = range === '*' ? [0, 6] : range.split('-').map(word => numberOf(word, weekdays))
    return Array.from({ length: to - from + 1 }, (_, i) => i).flatMap(i => (i % Number(step) === 0 ? [(from + i) % 7] : []))
  })
  return [...new Set(all)].map(day => `${weekdays[day]?.slice(0, 1).toUpperCase()}${weekdays[day]?.slice(1)}`).join(',')
}

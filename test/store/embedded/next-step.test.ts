import { expect, test } from 'vitest'
import { decideStep, type Sight } from '../../../src/store/embedded/next-step.ts'

const sight = (over: Partial<Sight>): Sight => ({ server: 'absent', joined: false, watched: false, own: 'none', ...over })

test.each([
  [
    'a ready server is ours once we have joined and a watcher still reads',
    sight({ server: 'ready', joined: true, watched: true }),
    0,
    'done',
  ],
  ['a ready server that we have not joined may stop any moment', sight({ server: 'ready', watched: true }), 5000, 'wait'],
  ['a ready server whose watcher has just gone is being stopped', sight({ server: 'ready', joined: true }), 0, 'wait'],
  ['a ready server that stays without a watcher is adopted', sight({ server: 'ready', joined: true }), 300, 'adopt'],
  ['a recovering server is given minutes', sight({ server: 'busy', own: 'running' }), 100_000, 'wait'],
  ['but a recovering server not for ever', sight({ server: 'busy', own: 'running' }), 200_000, 'give-up'],
  ['a server that stops is waited for', sight({ server: 'stopping' }), 30_000, 'wait'],
  ['but where it never comes to an end, it is ended', sight({ server: 'stopping' }), 36_000, 'end'],
  ['and where that does nothing, either, we give up', sight({ server: 'stopping' }), 130_000, 'give-up'],
  ['where nobody listens and nobody watches, we start', sight({}), 0, 'start'],
  ['a database that somebody makes is waited for', sight({ server: 'being-made' }), 5000, 'wait'],
  ['but only for a while: its maker may be dead', sight({ server: 'being-made' }), 25_000, 'start'],
  ['where somebody watches, a server is about to listen', sight({ watched: true }), 500, 'wait'],
  ['a watcher without a server is no reason to wait for ever', sight({ watched: true }), 5000, 'start'],
  ['our own start is waited for', sight({ own: 'running' }), 5000, 'wait'],
  ['our own start that ended is followed by another', sight({ own: 'ended' }), 0, 'start'],
] as const)('%s', (_title, seen, sameForMs, step) => {
  expect(decideStep(seen, sameForMs)).toBe(step)
})

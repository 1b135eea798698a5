import { defineConfig } from 'vitest/config'
import { SlowFilesFirst } from './support/slow-files-first.ts'

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    include: ['test/**/*.test.ts'],
    // Files share one machine with real servers and child processes; the ones that wait for the network overlap well.
    maxWorkers: 2,
    // A worker runs many files and loads the modules under test once. Tests keep their state in themselves and restore
    // what they change in the process (environment, working directory).
    isolate: false,
    sequence: { sequencer: SlowFilesFirst },
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    retry: 0,
  },
})

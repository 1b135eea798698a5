import { defineConfig } from 'vitest/config'
import { SlowFilesFirst } from './support/slow-files-first.ts'

export default defineConfig({
  test: {
    globalSetup: ['test/support/global-setup.ts'],
    include: ['test/**/*.test.ts'],
    // One more than the smallest machine has cores: files wait for servers and child processes, and overlap well.
    maxWorkers: 3,
    // A worker runs many files and loads the modules under test once. Tests keep their state in themselves and restore
    // what they change in the process (environment, working directory).
    isolate: false,
    sequence: { sequencer: SlowFilesFirst },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    retry: 0,
  },
})

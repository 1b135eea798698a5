import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: [
    './src/store/tables.ts',
    './src/pipeline/tables.ts',
    './src/pipeline/stats-tables.ts',
    './src/sports/game-stats.ts',
    './src/sports/performances.ts',
    './src/sports/*/tables.ts',
  ],
  out: './drizzle/migrations',
})

import type { FileDataset } from '../../pipeline/dataset.ts'
import type { FileShape, ReadField } from '../../pipeline/files/columns.ts'
import { once } from '../../pipeline/seasons.ts'
import { clubOf } from './clubs.ts'
import { packed, seasonFile } from './season-file.ts'
import { nflInjuries, nflPlayers, nflRosters, nflSnapCounts, nflWeeklyRosters } from './tables.ts'

/** Rosters, injuries and snap counts call clubs as they were called then. */
const club = { team_id: (field: ReadField) => clubOf(field('team'), Number(field('season'))) }

/** The key of a player without a league id: by another id, or by name. */
const unnumbered: FileShape['orElse'] = {
  gsis_id: field => {
    const esb = field('esb_id')
    return esb ? `esb:${esb}` : `name:${field('full_name') || `${field('first_name')} ${field('last_name')}`}`
  },
}

/** All players, past and present, by the league's id. */
export const players: FileDataset = {
  name: 'players',
  read: 'file',
  cadence: ['daily', 'reference'],
  units: once,
  sources: () => packed('players/players'),
  content: {
    rows: {
      table: nflPlayers,
      required: ['display_name', 'first_name', 'last_name', 'esb_id', 'position'],
      orElse: {
        gsis_id: field => {
          const esb = field('esb_id')
          return esb ? `esb:${esb}` : `name:${field('display_name')}`
        },
      },
    },
  },
  coverage: [],
}

const listed = { required: ['position', 'full_name', 'espn_id', 'pfr_id', 'status'], computed: club, orElse: unnumbered }

/** A season's players, each as he was last listed. */
export const rosters = seasonFile('rosters', 1999, season => packed(`rosters/roster_${season}`), {
  table: nflRosters,
  ...listed,
})

/** Who belonged to which club in which week. */
export const weeklyRosters = seasonFile('weekly-rosters', 2002, season => packed(`weekly_rosters/roster_weekly_${season}`), {
  table: nflWeeklyRosters,
  ...listed,
})

/** Injury reports. Of two about one week the one that was changed last counts, wherever it stands in the file. */
export const injuries = seasonFile('injuries', 2009, season => packed(`injuries/injuries_${season}`), {
  table: nflInjuries,
  required: ['full_name', 'report_status', 'practice_status'],
  computed: club,
  newestBy: 'date_modified',
})

/** Plays on the field, by the ids of Pro Football Reference. */
export const snapCounts = seasonFile('snap-counts', 2012, season => packed(`snap_counts/snap_counts_${season}`), {
  table: nflSnapCounts,
  required: ['player', 'team', 'offense_snaps', 'defense_snaps', 'st_snaps'],
  computed: club,
})

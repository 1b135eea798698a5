/** A side that plays: one of the 30 clubs, an All-Star side or a guest from abroad. All of them are invented. */
export interface Club {
  readonly teamId: number
  readonly city: string
  readonly name: string
  readonly tricode: string
  /** Two letters of a US state; empty abroad. */
  readonly state: string
  readonly arena: string
  readonly zone: string
  readonly hoursBehindEastern: number
  /** Empty for All-Star sides and guests. */
  readonly conference: 'East' | 'West' | ''
}

const zones = ['America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles'] as const

const east: [tricode: string, city: string, name: string, state: string, hoursBehindEastern: number][] = [
  ['HBF', 'Harbor Falls', 'Lanterns', 'ME', 0],
  ['GRW', 'Greywater', 'Herons', 'MA', 0],
  ['PIN', 'Pinehollow', 'Foxes', 'NY', 0],
  ['OLB', 'Oldbridge', 'Masons', 'NJ', 0],
  ['STM', 'Stonemarch', 'Pilots', 'PA', 0],
  ['ALD', 'Alder Bay', 'Otters', 'MD', 0],
  ['WEX', 'Wexley', 'Comets', 'DE', 0],
  ['CPV', 'Cape Verity', 'Tides', 'NC', 0],
  ['MIR', 'Mirefield', 'Egrets', 'SC', 0],
  ['PQY', 'Palm Quay', 'Stingrays', 'FL', 0],
  ['GLN', 'Glenmoor', 'Larks', 'OH', 0],
  ['KES', 'Kesterton', 'Anvils', 'MI', 0],
  ['BWT', 'Brightwater', 'Swans', 'GA', 0],
  ['DUN', 'Dunmere', 'Badgers', 'IN', 0],
  ['LKH', 'Lakehurst', 'Gulls', 'WI', 1],
]

const west: typeof east = [
  ['PRF', 'Prairie Ford', 'Threshers', 'KS', 1],
  ['RDC', 'Redcliff', 'Condors', 'TX', 1],
  ['CTW', 'Cottonwick', 'Drovers', 'OK', 1],
  ['BYV', 'Bayou Vista', 'Ibises', 'LA', 1],
  ['TWR', 'Twin Rivers', 'Paddlers', 'MN', 1],
  ['IRW', 'Ironwood', 'Smiths', 'MO', 1],
  ['DLP', 'Delta Point', 'Catfish', 'MS', 1],
  ['HBT', 'High Butte', 'Pronghorns', 'CO', 2],
  ['SFL', 'Salt Flats', 'Meteors', 'UT', 2],
  ['CGL', 'Copper Gulch', 'Mules', 'MT', 2],
  ['CYG', 'Canyon Gate', 'Javelinas', 'NM', 2],
  ['GLR', 'Golden Reach', 'Surfers', 'CA', 3],
  ['FGP', 'Fogport', 'Beacons', 'CA', 3],
  ['SQH', 'Sequoia Heights', 'Woodpeckers', 'CA', 3],
  ['RMO', 'Rainmouth', 'Salmon', 'WA', 3],
]

/** The 30 clubs, with ids of the real range. */
export const clubs: readonly Club[] = [...east, ...west].map(([tricode, city, name, state, hoursBehindEastern], index) => ({
  teamId: 1_610_612_737 + index,
  city,
  name,
  tricode,
  state,
  arena: `${city} Arena`,
  zone: zones[hoursBehindEastern] as string,
  hoursBehindEastern,
  conference: index < east.length ? 'East' : 'West',
}))

const elsewhere = { city: '', state: '', zone: zones[0], hoursBehindEastern: 0, conference: '' } as const

/** They play in mid-February with players of the clubs. */
export const allStarSides: readonly Club[] = [
  { ...elsewhere, teamId: 1_610_616_901, name: 'Team Dawn', tricode: 'DWN', arena: 'Meridian Dome' },
  { ...elsewhere, teamId: 1_610_616_902, name: 'Team Noon', tricode: 'NOO', arena: 'Meridian Dome' },
  { ...elsewhere, teamId: 1_610_616_903, name: 'Team Dusk', tricode: 'DSK', arena: 'Meridian Dome' },
]

/** The club from abroad that visits once in the preseason; the real league has such guests, with short ids. */
export const guest: Club = {
  ...elsewhere,
  teamId: 15_901,
  city: 'Porto Sereno',
  name: 'Corsairs',
  tricode: 'PSC',
  arena: 'Palazzo Sereno',
}

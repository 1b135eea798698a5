/** What is run at a meeting: on turf, over jumps, or on an artificial surface. */
export type Code = 'flat' | 'jumps' | 'aw'

export type Region = 'GB' | 'IRE'

export interface Course {
  readonly id: string
  /** As races call it. */
  readonly name: string
  /** As the list of courses calls it, which has other forms: `Stonebeck-AW`. */
  readonly listed: string
  readonly region: Region
  readonly codes: readonly Code[]
}

const places: Record<Region, Record<string, readonly Code[]>> = {
  GB: {
    Harrowmere: ['flat'],
    'Thornwick Park': ['flat', 'jumps'],
    Eastling: ['flat'],
    Marlcombe: ['flat', 'jumps'],
    Penholme: ['flat', 'jumps'],
    'Great Orsley': ['flat'],
    Quillerton: ['flat'],
    Wexcote: ['jumps'],
    Fallowdean: ['jumps'],
    Brackenby: ['jumps'],
    'Upper Tarrow': ['jumps'],
    Lindmoor: ['jumps'],
    Stonebeck: ['aw'],
    Castlewold: ['aw'],
    'Marlow Heath': ['aw'],
    Saltmarsh: ['aw'],
  },
  IRE: {
    Ballykeelan: ['flat', 'jumps'],
    Dunmorran: ['flat', 'jumps'],
    Kilaragh: ['flat', 'jumps'],
    Clonbrack: ['jumps'],
    Rathfarrow: ['flat'],
    Carrickvale: ['aw'],
  },
}

/** All courses, each at one place with one kind of surface. */
export const courses: readonly Course[] = Object.entries(places).flatMap(([region, byName], r) =>
  Object.entries(byName).map(([place, codes], i) => {
    const signs = [...(codes.includes('aw') ? ['(AW)'] : []), ...(region === 'IRE' ? ['(IRE)'] : [])]
    return {
      ...{ id: `crs_${(r + 1) * 10_000 + 26 * i}`, region: region as Region, codes },
      ...{ name: [place, ...signs].join(' '), listed: codes.includes('aw') ? `${place}-AW` : place },
    }
  }),
)

/** As `/v1/courses/regions` lists them: also those without a course. */
export const regions = [
  { region: 'Ireland', region_code: 'ire' },
  { region: 'France', region_code: 'fr' },
  { region: 'Great Britain', region_code: 'gb' },
]

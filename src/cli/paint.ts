import { Chalk } from 'chalk'

/** Colours for stdout: none if it is not a terminal (chalk checks that) or NO_COLOR is set (chalk does not). */
export const paint = new Chalk(process.env['NO_COLOR'] ? { level: 0 } : {})

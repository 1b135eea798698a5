import { Chalk } from 'chalk'

/** Colours for stdout: none where it is no terminal (chalk sees to that) or where NO_COLOR is set (which chalk does not know). */
export const paint = new Chalk(process.env['NO_COLOR'] ? { level: 0 } : {})

import { existsSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../../shared')
const there = existsSync(join(folder, 'data'))

/** Real payloads and the server for them, which are not part of the repository; undefined where they are not beside it. */
export const sharedFolder: string | undefined = there ? folder : undefined

/** For `test.skipIf`: prints why. */
export const noSharedData: boolean = !there

if (noSharedData) process.stderr.write('Skipped: the real payloads (../shared/data) are not beside this repository.\n')

import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Folders whose tests start processes: crash tests take longest. */
const slow = ['test/crash/', 'test/cli/', 'test/jobs/', 'test/store/embedded/']

/** Measures shares of time, which tests that start many processes beside it would spoil. */
const last = 'test/crash/rate-budget.test.ts'

/** Starts slow files first, so that none of them runs alone at the end. Within a folder: Vitest's own order. */
export class SlowFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const file = relative(this.ctx.config.root, moduleId)
      if (file === last) return slow.length + 1
      const found = slow.findIndex(folder => file.startsWith(folder))
      return found < 0 ? slow.length : found
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}

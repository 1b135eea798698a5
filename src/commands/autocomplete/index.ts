// The plugin's own entry exports nothing; as a plugin of its own it would cost every start the reading of its manifest.
import Autocomplete from '../../../node_modules/@oclif/plugin-autocomplete/lib/commands/autocomplete/index.js'
import { withoutStdin } from '../../cli/args.ts'
import { guardCache } from '../../cli/guard-cache.ts'

export default withoutStdin(
  class extends Autocomplete {
    override async run(): Promise<void> {
      guardCache(this.config.cacheDir)
      await super.run()
    }
  },
)

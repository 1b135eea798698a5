// The plugin's own entry exports nothing; as a plugin of its own it would cost every start the reading of its manifest.
import Script from '../../../node_modules/@oclif/plugin-autocomplete/lib/commands/autocomplete/script.js'
import { withoutStdin } from '../../cli/args.ts'

export default withoutStdin(Script)

import { commands } from '@oclif/plugin-help'
import { withoutStdin } from '../cli/args.ts'

export default withoutStdin(commands.help)

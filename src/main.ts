/** The process: hands the words of the command line to `cli/`. */
import { run } from './cli/program.ts'

process.exit(await run(process.argv.slice(2)))

import { inspect } from 'node:util'

/**
 * Ends the process on an error that nobody caught as Node does, and prints the error as Node does, but without the line
 * of code that Node shows above it: of a bundle that is minified that is all the code.
 */
export function reportUncaught(): void {
  process.on('uncaughtException', (error: unknown) => {
    // A plugin that listens itself goes on, as it would without this.
    if (process.listenerCount('uncaughtException') > 1) return
    console.error(error instanceof Error ? inspect(error) : `Uncaught ${inspect(error)}`)
    process.exit(1)
  })
}

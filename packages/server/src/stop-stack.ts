/** What was started, to be stopped in reverse order. */
export interface StopStack {
  add(stop: () => Promise<void> | void): void
  /**
   * Stops everything once, later calls wait for the first.
   *
   * @throws AggregateError with every error, after everything was asked to stop.
   */
  stop(): Promise<void>
}

/** @example const stack = createStopStack(); stack.add(() => database.close()); await stack.stop() */
export function createStopStack(): StopStack {
  const stops: (() => Promise<void> | void)[] = []
  let stopping: Promise<void> | undefined

  async function stopAll(): Promise<void> {
    const errors: unknown[] = []
    for (let stop = stops.pop(); stop; stop = stops.pop()) {
      try {
        await stop()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, `${errors.length} parts did not stop cleanly`)
  }

  return {
    add: (stop) => void stops.push(stop),
    stop: () => {
      stopping ??= stopAll()
      return stopping
    },
  }
}

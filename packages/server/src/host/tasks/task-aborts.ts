import { sql, type Transaction } from 'kysely'
import type { Schema } from '../../database/schema.js'

/** Tells the node on which a run goes on that it was cancelled. */
export const CANCELLED_RUNS_CHANNEL = 'ops_center_cancelled_runs'

/** The runs that go on on this node, to be cut off when somebody cancels them, here or on another node. */
export class TaskAborts {
  readonly #runs = new Map<string, AbortController>()

  /** The signal of a run, until {@link end}. To be called before others can see that it goes on. */
  begin(runId: string): AbortSignal {
    const controller = new AbortController()
    this.#runs.set(runId, controller)
    return controller.signal
  }

  end(runId: string): void {
    this.#runs.delete(runId)
  }

  abort(runId: string): void {
    this.#runs.get(runId)?.abort()
  }
}

/** Tells every node, once the transaction is committed. */
export async function tellCancelled(trx: Transaction<Schema>, runIds: readonly string[]): Promise<void> {
  if (runIds.length === 0) return
  await sql`select pg_notify(${CANCELLED_RUNS_CHANNEL}, id) from unnest(${[...runIds]}::text[]) as id`.execute(
    trx,
  )
}

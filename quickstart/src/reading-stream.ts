import { type ApiClient, errorMessage } from '@ops-center/plugin-sdk'
import type { MachineReading } from './machine-reader.js'
import { type Repetition, repeat } from './repeat.js'

/** What was sent so far. */
export interface StreamState {
  /** The latest readings, oldest first. */
  readonly history: readonly MachineReading[]
  readonly sent: number
  readonly failed: number
  /** Why the last reading could not be sent; undefined when it was. */
  readonly trouble: string | undefined
}

export interface ReadingStreamOptions {
  readonly api: { readonly devices: Pick<ApiClient['devices'], 'sendMetrics'> }
  readonly deviceId: string
  readonly read: () => Promise<MachineReading>
  /** Milliseconds between two readings. */
  readonly interval: number
}

/** Readings kept for the small charts. */
const HISTORY = 120
const SEND_TIMEOUT_MS = 5_000

/** Sends this machine's readings to its device, one at a time, until it is stopped. */
export class ReadingStream {
  readonly #repetition: Repetition
  #state: StreamState = { history: [], sent: 0, failed: 0, trouble: undefined }
  /** Told of each reading, sent or not. */
  onChange: (() => void) | undefined

  constructor(options: ReadingStreamOptions) {
    this.#repetition = repeat(
      options.interval,
      () => this.#sendOne(options),
      (error) => this.#change({ failed: this.#state.failed + 1, trouble: errorMessage(error) }),
    )
  }

  get state(): StreamState {
    return this.#state
  }

  /** Finishes the reading under way. */
  stop(): Promise<void> {
    return this.#repetition.stop()
  }

  async #sendOne({ api, deviceId, read }: ReadingStreamOptions): Promise<void> {
    const reading = await read()
    this.#state = { ...this.#state, history: [...this.#state.history, reading].slice(-HISTORY) }
    await api.devices.sendMetrics(deviceId, { ...reading }, { signal: AbortSignal.timeout(SEND_TIMEOUT_MS) })
    this.#change({ sent: this.#state.sent + 1, trouble: undefined })
  }

  #change(changes: Partial<StreamState>): void {
    this.#state = { ...this.#state, ...changes }
    this.onChange?.()
  }
}

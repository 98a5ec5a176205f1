import { AsyncLocalStorage } from 'node:async_hooks'
import { errorMessage, OpsError } from '../errors.js'

/** The phases whose handlers an author can write. */
export const LIFECYCLE_PHASES = ['install', 'enable', 'disable', 'update', 'uninstall'] as const
export type LifecyclePhase = (typeof LIFECYCLE_PHASES)[number]

/**
 * Where a plugin is. `ready` is a plugin that is used without a host and was never told anything else:
 * everything works at once.
 */
export type PluginState =
  | 'ready'
  | 'installing'
  | 'installed'
  | 'enabling'
  | 'enabled'
  | 'disabling'
  | 'disabled'
  | 'updating'
  | 'uninstalling'
  | 'uninstalled'
  | 'error'

/** The versions before and after an update. */
export interface UpdateInfo {
  from: string
  to: string
}

export interface LifecycleArguments {
  install: []
  enable: []
  disable: []
  update: [UpdateInfo]
  uninstall: []
}

export type LifecycleHandler<Phase extends LifecyclePhase> = (...args: LifecycleArguments[Phase]) => unknown

/** Thrown when a lifecycle handler fails; the plugin is then in state `error`. */
export class LifecycleError extends OpsError {
  readonly phase: LifecyclePhase

  constructor(pluginId: string, phase: LifecyclePhase, cause: unknown) {
    super('lifecycle_failed', `Plugin "${pluginId}" failed to ${phase}: ${errorMessage(cause)}`, { cause })
    this.phase = phase
  }
}

/** Thrown when a lifecycle handler starts another phase, which would wait for the handler for ever. */
export class LifecycleReentryError extends OpsError {
  constructor(pluginId: string, phase: LifecyclePhase, current: LifecyclePhase) {
    super(
      'lifecycle_reentered',
      `Plugin "${pluginId}" cannot ${phase} from within its ${current} handler, which would wait for itself: let the handler return first`,
    )
  }
}

const RESTING: ReadonlySet<PluginState> = new Set(['disabled', 'uninstalled', 'error'])

const DURING: Readonly<Record<LifecyclePhase, PluginState>> = {
  install: 'installing',
  enable: 'enabling',
  disable: 'disabling',
  update: 'updating',
  uninstall: 'uninstalling',
}

/** A phase asked for in one of these states is already done. */
const DONE: Readonly<Record<LifecyclePhase, ReadonlySet<PluginState>>> = {
  install: new Set(['installed', 'enabled', 'disabled']),
  enable: new Set(['enabled']),
  disable: new Set(['disabled', 'uninstalled']),
  update: new Set(),
  uninstall: new Set(['uninstalled']),
}

type Handlers = { [Phase in LifecyclePhase]: LifecycleHandler<Phase>[] }

/**
 * The lifecycle of one plugin: phases run one at a time, each at most once, and a failure leaves the state
 * `error` with its reason.
 */
export class Lifecycle {
  readonly #pluginId: string
  readonly #handlers: Handlers = { install: [], enable: [], disable: [], update: [], uninstall: [] }
  readonly #afterChange: (state: PluginState) => Promise<void>
  #state: PluginState = 'ready'
  #reason: string | undefined
  #queue: Promise<unknown> = Promise.resolve()
  readonly #turn = new AsyncLocalStorage<{ phase: LifecyclePhase; isOver: boolean }>()

  constructor(pluginId: string, afterChange: (state: PluginState) => Promise<void>) {
    this.#pluginId = pluginId
    this.#afterChange = afterChange
  }

  get state(): PluginState {
    return this.#state
  }

  /** Why the state is `error`. */
  get reason(): string | undefined {
    return this.#reason
  }

  /** Whether hooks, filters, routes and tasks run. */
  get isActive(): boolean {
    return !RESTING.has(this.#state)
  }

  on<Phase extends LifecyclePhase>(phase: Phase, handler: LifecycleHandler<Phase>): () => void {
    const handlers: LifecycleHandler<Phase>[] = this.#handlers[phase]
    handlers.push(handler)
    return () => {
      const index = handlers.indexOf(handler)
      if (index !== -1) handlers.splice(index, 1)
    }
  }

  /** Takes the state a host knows, without running anything. */
  restore(state: PluginState): void {
    this.#state = state
    this.#reason = undefined
  }

  run<Phase extends LifecyclePhase>(phase: Phase, ...args: LifecycleArguments[Phase]): Promise<void> {
    const outer = this.#turn.getStore()
    if (outer && !outer.isOver)
      return Promise.reject(new LifecycleReentryError(this.#pluginId, phase, outer.phase))
    const turn = { phase, isOver: false }
    const done = this.#queue
      .then(() => this.#turn.run(turn, () => this.#run(phase, args)))
      // Timers that a handler started live on in its turn, and may well start another phase later.
      .finally(() => {
        turn.isOver = true
      })
    this.#queue = done.catch(() => undefined)
    return done
  }

  async #run<Phase extends LifecyclePhase>(phase: Phase, args: LifecycleArguments[Phase]): Promise<void> {
    if (DONE[phase].has(this.#state)) return
    const before = this.#state
    if (phase === 'uninstall' && before === 'enabled') await this.#run('disable', [])
    this.#state = DURING[phase]
    try {
      const handlers: LifecycleHandler<Phase>[] = [...this.#handlers[phase]]
      for (const handler of handlers) await handler(...args)
      this.#reason = undefined
      this.#state = AFTER[phase](before)
      await this.#afterChange(this.#state)
    } catch (error) {
      this.#reason = errorMessage(error)
      this.#state = 'error'
      // What failed first is what the author has to know.
      await this.#afterChange(this.#state).catch(() => undefined)
      throw new LifecycleError(this.#pluginId, phase, error)
    }
  }
}

const AFTER: Readonly<Record<LifecyclePhase, (before: PluginState) => PluginState>> = {
  install: () => 'installed',
  enable: () => 'enabled',
  disable: () => 'disabled',
  update: (before) => (before === 'error' ? 'installed' : before),
  uninstall: () => 'uninstalled',
}

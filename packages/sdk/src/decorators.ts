import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { ConfigChange } from './config/index.js'
import type { DefinedEvent } from './defined-event.js'
import { OpsError } from './errors.js'
import type { EnvelopeOf, EventEnvelope, EventPattern, EventsOf, PayloadOf } from './events.js'
import type { AnyHookHandler, HookContext, HookOptions } from './hooks/event-hooks.js'
import type { FilterContext, FilterOptions } from './hooks/filter-chain.js'
import type { LifecycleHandler } from './lifecycle/lifecycle.js'
import type { Plugin } from './plugin.js'
import { pluginInternals } from './plugin-internals.js'
import type { HandlerOf, RouteOptions } from './routes/route-definition.js'
import type { TaskHandler } from './scheduler/index.js'
import type { TaskOptions } from './tasks.js'

type Bind = (plugin: Plugin) => () => void
type MethodDecorator<Method> = <This extends object>(
  method: Method & ((this: This, ...args: never[]) => unknown),
  context: ClassMethodDecoratorContext<This>,
) => void

/** What the decorated methods of an object register, kept until `plugin.use(object)`. */
const decorated = new WeakMap<object, Bind[]>()

function decorator<Method extends (...args: never[]) => unknown>(
  register: (plugin: Plugin, method: Method, name: string) => () => void,
): MethodDecorator<Method> {
  return (method, context) => {
    const name = String(context.name)
    context.addInitializer(function () {
      const bound = method.bind(this) as Method
      const bindings = decorated.get(this) ?? []
      decorated.set(this, [...bindings, (plugin) => register(plugin, bound, name)])
    })
  }
}

/**
 * Registers a method as an event hook.
 *
 * @example class Handlers { @hook('device.created', { priority: 5 }) greet({ device_id }: { device_id: string }) {} }
 */
export function hook<Name extends string, Payload, Given>(
  event: DefinedEvent<Name, Payload, Given>,
  options?: HookOptions,
): MethodDecorator<(payload: Payload, context: HookContext<EventEnvelope<Name, Payload>>) => unknown>
export function hook<Pattern extends EventPattern>(
  event: Pattern,
  options?: HookOptions,
): MethodDecorator<
  (payload: PayloadOf<EventsOf<Pattern>>, context: HookContext<EnvelopeOf<Pattern>>) => unknown
>
export function hook(event: EventPattern | DefinedEvent, options: HookOptions = {}) {
  const pattern = typeof event === 'string' ? event : event.name
  return decorator<AnyHookHandler>((plugin, method, name) =>
    plugin[pluginInternals].hooks.register(pattern, method, { name, ...options }),
  )
}

/** Registers a method as a filter hook; it returns the value to use instead. */
export function filterHook<Value extends NonNullable<unknown> | null = Record<string, unknown>>(
  filter: string,
  options: FilterOptions = {},
) {
  type Handler = (value: Value, context: FilterContext) => Value | PromiseLike<Value>
  return decorator<Handler>((plugin, method, name) =>
    plugin.filterHook<Value>(filter, method, { name, ...options }),
  )
}

/** Registers a method as a route of the plugin. */
export function route<
  Path extends string,
  Params extends StandardSchemaV1 | undefined = undefined,
  Query extends StandardSchemaV1 | undefined = undefined,
  Body extends StandardSchemaV1 | undefined = undefined,
>(path: Path, options: RouteOptions<Params, Query, Body> = {}) {
  return decorator<HandlerOf<Path, Params, Query, Body>>((plugin, method, name) =>
    plugin.route(path, { name, ...options }, method),
  )
}

/** Registers a method as a task; its name is the one given, else the method's. */
export function task(taskName?: string, options?: TaskOptions) {
  return decorator<TaskHandler>((plugin, method, name) => plugin.task(taskName ?? name, method, options))
}

export const onInstall = decorator<LifecycleHandler<'install'>>((plugin, method) => plugin.onInstall(method))
export const onEnable = decorator<LifecycleHandler<'enable'>>((plugin, method) => plugin.onEnable(method))
export const onDisable = decorator<LifecycleHandler<'disable'>>((plugin, method) => plugin.onDisable(method))
export const onUpdate = decorator<LifecycleHandler<'update'>>((plugin, method) => plugin.onUpdate(method))
export const onUninstall = decorator<LifecycleHandler<'uninstall'>>((plugin, method) =>
  plugin.onUninstall(method),
)
export const onConfigChange = decorator<(change: ConfigChange) => unknown>((plugin, method) =>
  plugin.onConfigChange(method),
)

/** Registers every decorated method of `handlers`; returns what undoes all of it. */
export function bindDecorated(plugin: Plugin, handlers: object): () => void {
  const bindings = decorated.get(handlers)
  if (!bindings) {
    throw new OpsError(
      'decorators_missing',
      `plugin.use() got an instance of ${handlers.constructor.name} without decorated methods: decorate at least one with @hook, @filterHook, @route, @task or @onInstall ...`,
    )
  }
  const undo = bindings.map((bind) => bind(plugin))
  return () => {
    for (const off of undo.toReversed()) off()
  }
}

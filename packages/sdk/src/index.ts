export type * from './api/index.js'
export {
  ApiBadRequestError,
  ApiClosedError,
  ApiConfigurationError,
  ApiConflictError,
  ApiConnectionError,
  ApiError,
  ApiForbiddenError,
  ApiNotFoundError,
  ApiRateLimitError,
  ApiRequestError,
  ApiResponseError,
  ApiServerError,
  ApiTimeoutError,
  ApiTooLargeError,
  ApiUnauthorizedError,
  ApiUnavailableError,
  ApiValidationError,
  apiPath,
  createApiClient,
} from './api/index.js'
export type { Config, ConfigChange, ConfigPath, ConfigProblem, ConfigValues } from './config/index.js'
export { ConfigError, ConfigHandlerError } from './config/index.js'
export {
  filterHook,
  hook,
  onConfigChange,
  onDisable,
  onEnable,
  onInstall,
  onUninstall,
  onUpdate,
  route,
  task,
} from './decorators.js'
export { type DefinedEvent, type DefinedPayload, defineEvent } from './defined-event.js'
export { type Duration, parseDuration } from './duration.js'
export { errorMessage, OpsError } from './errors.js'
export {
  type CatalogueEvents,
  type CausedBy,
  type EventEnvelope,
  type EventMap,
  type EventName,
  type EventPattern,
  eventCatalogue,
  type PayloadOf,
} from './events.js'
export type { HealthCheck } from './health.js'
export type { EmitReport, HookContext, HookFailure, HookOptions, HookResult } from './hooks/event-hooks.js'
export {
  type FilterContext,
  FilterEmptyError,
  type FilterOptions,
  type FilterReport,
} from './hooks/filter-chain.js'
export { HandlerTimeoutError } from './hooks/run-handler.js'
export { HttpError, type ProblemDetail } from './http-error.js'
export {
  LifecycleError,
  LifecycleReentryError,
  type PluginState,
  type UpdateInfo,
} from './lifecycle/lifecycle.js'
export type { LogFields, Logger, LogLevel, LogMethod } from './logger/index.js'
export type { Manifest } from './manifest/index.js'
export { ManifestError, type ManifestIssue } from './manifest/index.js'
export type { PluginMetadata, ResolvedMetadata } from './metadata.js'
export { Plugin, type PluginOptions } from './plugin.js'
export type { Caller } from './routes/caller.js'
export type { HttpMethod, PathParams, RouteContext, RouteOptions } from './routes/route-definition.js'
export type { PluginSocket, SocketClosure, WebSocketContext } from './routes/web-socket-definition.js'
export type {
  CronOptions,
  MisfirePolicy,
  OnceOptions,
  OverlapPolicy,
  Scheduler,
  TaskContext,
  TaskHandler,
  TaskInfo,
} from './scheduler/index.js'
export type { PluginServices } from './services.js'
export {
  NotJsonError,
  type Storage,
  StorageConflictError,
  StorageCorruptError,
  StorageQuotaError,
  type StorageWriteOptions,
} from './storage/index.js'
export type { TaskOptions } from './tasks.js'
export type { OnErrorPolicy, PluginCategory, PluginPermission, PluginType } from './vocabulary.js'

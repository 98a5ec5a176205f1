export type {
  Alert,
  AlertCreate,
  AlertQuery,
  AlertSeverity,
  AlertStatus,
  AlertsApi,
  AlertUpdate,
} from './alerts.js'
export { apiPath } from './api-path.js'
export type { ApiCallOptions, ApiMethod, ApiRequestOptions, QueryValue } from './call-options.js'
export { type ApiClient, type ApiClientOptions, createApiClient } from './client.js'
export type {
  Device,
  DeviceCreate,
  DeviceQuery,
  DeviceStatus,
  DeviceStatusAnswer,
  DevicesApi,
  DeviceUpdate,
  MetricQuery,
  MetricReading,
  SendMetricsOptions,
} from './devices.js'
export {
  ApiBadRequestError,
  ApiClosedError,
  ApiConfigurationError,
  ApiConflictError,
  ApiConnectionError,
  ApiError,
  type ApiErrorDetails,
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
  type Problem,
} from './errors.js'
export type {
  Organization,
  OrganizationCreate,
  OrganizationQuery,
  OrganizationsApi,
} from './organizations.js'
export type { Page, PageQuery, Pagination } from './pagination.js'
export { type ApiOptionSources, DEFAULT_API_URL, resolveApiOptions } from './resolve-api-options.js'
export type { Deleted, ResourceRequest } from './resource-request.js'
export type { FetchFunction } from './send-once.js'
export { createSocketFetch } from './socket-fetch.js'
export type { ApiRequestInfo } from './transport.js'
export type { User, UserCreate, UserQuery, UserRole, UsersApi, UserUpdate } from './users.js'
export type {
  Delivery,
  DeliveryQuery,
  DeliveryStatus,
  Webhook,
  WebhookCreate,
  WebhookQuery,
  WebhookStatus,
  WebhooksApi,
  WebhookUpdate,
} from './webhooks.js'

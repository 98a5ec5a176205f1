import type { DEVICE_STATUSES } from '../resource-schemas.js'
import { apiPath } from './api-path.js'
import type { ApiCallOptions } from './call-options.js'
import { iteratePages, type Page, type PageQuery } from './pagination.js'
import { createOptions, type Deleted, deleteResource, type ResourceRequest } from './resource-request.js'

/** State of a device. */
export type DeviceStatus = (typeof DEVICE_STATUSES)[number]

/** A device; times are RFC 3339 in UTC. */
export interface Device {
  id: string
  name: string
  type: string
  status: DeviceStatus
  ip_address: string | null
  metadata: Record<string, unknown>
  configuration: Record<string, unknown>
  organization_id: string
  last_seen: string | null
  created_at: string
  updated_at: string
}

/** A new device; the server makes up an `id` that is not given. */
export interface DeviceCreate {
  id?: string
  name: string
  type: string
  status?: DeviceStatus
  ip_address?: string | null
  metadata?: Record<string, unknown>
  configuration?: Record<string, unknown>
}

/** Fields to change; the others stay. */
export type DeviceUpdate = Partial<Omit<DeviceCreate, 'id'>>

/** Which devices to list. */
export interface DeviceQuery extends PageQuery {
  status?: DeviceStatus | undefined
  type?: string | undefined
  /** Part of the name or id. */
  search?: string | undefined
}

/** State of a device, without the rest of it. */
export interface DeviceStatusAnswer {
  device_id: string
  status: DeviceStatus
  last_seen: string | null
}

/** What a device measured at one time. */
export interface MetricReading {
  device_id: string
  /** RFC 3339, UTC. */
  timestamp: string
  metrics: Record<string, unknown>
}

/** Which readings to list. */
export interface MetricQuery extends PageQuery {
  /** Only readings from this time on. */
  since?: Date | string | undefined
  /** Only readings before this time. */
  until?: Date | string | undefined
}

/** What `sendMetrics` takes besides the readings. */
export interface SendMetricsOptions extends ApiCallOptions {
  /** When it was measured. Default: when the server receives it. */
  timestamp?: Date | string | undefined
}

/**
 * Devices and what they measure. Every method rejects with an `ApiError`.
 *
 * @example
 * for await (const device of plugin.api.devices.iterate({ status: 'online' })) logger.info(device.name)
 */
export interface DevicesApi {
  list(query?: DeviceQuery, options?: ApiCallOptions): Promise<Page<'devices', Device>>
  /** Every device over all pages. */
  iterate(query?: DeviceQuery, options?: ApiCallOptions): AsyncGenerator<Device, void, undefined>
  get(id: string, options?: ApiCallOptions): Promise<Device>
  create(device: DeviceCreate, options?: ApiCallOptions): Promise<Device>
  update(id: string, changes: DeviceUpdate, options?: ApiCallOptions): Promise<Device>
  delete(id: string, options?: ApiCallOptions): Promise<Deleted>
  getStatus(id: string, options?: ApiCallOptions): Promise<DeviceStatusAnswer>
  getMetrics(
    id: string,
    query?: MetricQuery,
    options?: ApiCallOptions,
  ): Promise<Page<'metrics', MetricReading>>
  /** Every reading of a device over all pages. */
  iterateMetrics(
    id: string,
    query?: MetricQuery,
    options?: ApiCallOptions,
  ): AsyncGenerator<MetricReading, void, undefined>
  /** Reports readings. Not repeated after a lost answer unless `idempotencyKey` is given. */
  sendMetrics(
    id: string,
    metrics: Record<string, unknown>,
    options?: SendMetricsOptions,
  ): Promise<MetricReading>
}

export function createDevicesApi(request: ResourceRequest): DevicesApi {
  const devices: DevicesApi = {
    list: (query, options) => request('GET', '/devices', { ...options, query: { ...query } }),
    iterate: (query, options) =>
      iteratePages('devices', query, (page) => devices.list({ ...query, ...page }, options)),
    get: async (id, options) => request('GET', apiPath`/devices/${id}`, options),
    create: (device, options) => request('POST', '/devices', createOptions(device, options)),
    update: async (id, changes, options) =>
      request('PATCH', apiPath`/devices/${id}`, { ...options, json: changes }),
    delete: async (id, options) => deleteResource(request, apiPath`/devices/${id}`, id, options),
    getStatus: async (id, options) => request('GET', apiPath`/devices/${id}/status`, options),
    getMetrics: async (id, query, options) =>
      request('GET', apiPath`/devices/${id}/metrics`, { ...options, query: { ...query } }),
    iterateMetrics: (id, query, options) =>
      iteratePages('metrics', query, (page) => devices.getMetrics(id, { ...query, ...page }, options)),
    sendMetrics: async (id, metrics, { timestamp, ...options } = {}) =>
      request('POST', apiPath`/devices/${id}/metrics`, {
        ...options,
        json: timestamp === undefined ? { metrics } : { metrics, timestamp },
      }),
  }
  return devices
}

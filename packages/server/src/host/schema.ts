import type { Registrations } from '@ops-center/plugin-sdk/protocol'
import type { ColumnType, JSONColumnType } from 'kysely'
import type { OptionalTimestamp, Timestamp } from '../resources/schema.js'

/** Where an installation is. */
export type InstallationState =
  | 'installing'
  | 'installed'
  | 'enabling'
  | 'enabled'
  | 'disabling'
  | 'disabled'
  | 'updating'
  | 'uninstalling'
  | 'error'

export interface InstallationsTable {
  id: string
  organization_id: string
  plugin_id: string
  version: string
  /** The version before the last update, for a rollback. */
  previous_version: ColumnType<string | null, string | undefined, string>
  state: InstallationState
  /** Why the state is `error`, or why the last update failed. */
  reason: string | null
  /** Whether the operator wants it to run: an enabled installation that crashed still collects its events. */
  enabled: boolean
  permissions: JSONColumnType<string[]>
  /** Sealed: see `config-secrets.ts`. */
  config: string
  registrations: JSONColumnType<Registrations>
  installed_at: Timestamp
  updated_at: Timestamp
}

export interface PluginStorageTable {
  organization_id: string
  plugin_id: string
  /** The key as UTF-8: a text of PostgreSQL cannot hold every character. */
  key: Buffer
  /** JSON as it was sent. */
  value: string
  version: ColumnType<string, never, never>
  expires_at: OptionalTimestamp
}

export interface PluginTasksTable {
  installation_id: string
  task_id: string
  name: string
  cron: string | null
  timezone: string | null
  run_at: OptionalTimestamp
  args: ColumnType<unknown, string | null, string | null>
  misfire: string
  overlap: string
  /** Names the one job that is queued for this task; a job of another id is out of date. */
  job_id: string | null
  next_run: OptionalTimestamp
  last_run: OptionalTimestamp
  last_error: string | null
  last_duration_ms: number | null
  runs: ColumnType<number, number | undefined, number>
  failures: ColumnType<number, number | undefined, number>
}

export interface PluginLogsTable {
  id: ColumnType<string, never, never>
  installation_id: string
  time: Timestamp
  level: 'debug' | 'info' | 'warning' | 'error' | 'critical'
  message: string
  fields: JSONColumnType<Record<string, unknown>>
}

/** Tables of the host room. */
export interface HostSchema {
  installations: InstallationsTable
  plugin_storage: PluginStorageTable
  plugin_tasks: PluginTasksTable
  plugin_logs: PluginLogsTable
}

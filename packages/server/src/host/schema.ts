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
  /** What that version was granted; null when it was not written down. */
  previous_permissions: ColumnType<string[] | null, string | undefined, string>
  state: InstallationState
  /** Why the state is `error`, or why the last update failed. */
  reason: string | null
  /** Whether the operator wants it to run: an enabled installation that crashed still collects its events. */
  enabled: boolean
  permissions: JSONColumnType<string[]>
  /** Sealed: see `config-secrets.ts`. */
  config: string
  registrations: JSONColumnType<Registrations>
  /** Where a remote plugin is, sealed; null for one that runs on the platform. */
  remote: ColumnType<string | null, string | null | undefined, string | null>
  /** Whether the uninstall under way takes along what the plugin stored. */
  purging: ColumnType<boolean, boolean | undefined, boolean>
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
  /** Why it does not run, although it is scheduled: the plugin's code has it no more. */
  held: ColumnType<string | null, string | null | undefined, string | null>
  /** Whether its times are those that the code declares. */
  declared: ColumnType<boolean, boolean | undefined, boolean>
}

export interface PluginTaskRunsTable {
  /** A UUID of version 7: sorting by it sorts by time. */
  id: string
  installation_id: string
  task_id: string
  name: string
  args: ColumnType<unknown, string | null, null>
  /** Who asked for it. */
  trigger: 'schedule' | 'operator'
  outcome: TaskOutcome
  error: string | null
  scheduled_for: Date
  created_at: Timestamp
  started_at: OptionalTimestamp
  finished_at: OptionalTimestamp
  duration_ms: number | null
  /** Names the job that runs it; null while it waits for a run before it. */
  job_id: string | null
  /** The `traceparent` of the request that asked for it. */
  trace: ColumnType<string | null, string | null | undefined, never>
}

/** `interrupted`: the node that ran it died, and it was run again. */
export type TaskOutcome =
  | 'queued'
  | 'running'
  | 'succeeded'
  | 'failed'
  | 'skipped'
  | 'interrupted'
  | 'cancelled'

export interface PluginFilterRecordsTable {
  installation_id: string
  filter: string
  handler: string
  asked: ColumnType<string, number, number>
  skipped: ColumnType<string, number, number>
  last_skipped_at: OptionalTimestamp
  last_error: string | null
}

/** What the stored values of one plugin take, keys and values as bytes. */
export interface PluginStorageUsageTable {
  organization_id: string
  plugin_id: string
  bytes: ColumnType<string, number, number>
  keys: ColumnType<string, number, number>
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
  plugin_task_runs: PluginTaskRunsTable
  plugin_filter_records: PluginFilterRecordsTable
  plugin_storage_usage: PluginStorageUsageTable
}

import { z } from 'zod'

/** Raised when an older server could not read a backup. */
export const BACKUP_FORMAT = 1

export const MANIFEST_NAME = 'backup.json'
export const JOBS_TABLE = 'pgboss.job'

/** What a backup holds; its tables are files of one JSON object a line. */
export const backupManifest = z.object({
  format: z.literal(BACKUP_FORMAT),
  /** Of the server that wrote it. */
  version: z.string(),
  created_at: z.string(),
  /** The last migration that its tables had. */
  migration: z.string(),
  /** In the order in which they can be filled. */
  tables: z.array(z.object({ name: z.string().regex(/^[a-z_]+\.[a-z_]+$/), rows: z.int() })),
  sequences: z.array(z.object({ name: z.string(), value: z.string() })),
  queues: z.array(z.string()),
})

export type BackupManifest = z.infer<typeof backupManifest>

/** Name of a table's file within the archive. */
export function tableFile(table: string): string {
  return `tables/${table}.ndjson`
}

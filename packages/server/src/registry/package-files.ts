import { type Kysely, sql } from 'kysely'
import type { Schema } from '../database/schema.js'

const CHUNK_BYTES = 1_048_576

/**
 * The bytes of a package piece by piece. Between two pieces no connection is held, so a slow download blocks nobody,
 * and content never changes under its checksum.
 */
export async function* packageChunks(
  kysely: Kysely<Schema>,
  { checksum, size }: { checksum: string; size: number },
): AsyncGenerator<Buffer> {
  for (let offset = 0; offset < size; offset += CHUNK_BYTES) {
    const row = await kysely
      .selectFrom('package_files')
      .select(
        sql<Buffer>`substring(bytes from ${offset + 1}::integer for ${CHUNK_BYTES}::integer)`.as('chunk'),
      )
      .where('checksum', '=', checksum)
      .executeTakeFirstOrThrow()
    yield row.chunk
  }
}

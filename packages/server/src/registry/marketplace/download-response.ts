import type { Kysely } from 'kysely'
import type { Schema } from '../../database/schema.js'
import { packageChunks } from '../package-files.js'
import type { PublishedVersion } from '../published-version.js'

/** The package of a version as a stream, counted as a download; 304 for those who have it. */
export async function downloadResponse(
  kysely: Kysely<Schema>,
  version: PublishedVersion,
  ifNoneMatch: string | undefined,
): Promise<Response> {
  const etag = `"${version.checksum}"`
  const headers = { etag, 'x-checksum-sha256': version.checksum, 'cache-control': 'private, no-cache' }
  if (ifNoneMatch !== undefined && matches(ifNoneMatch, etag))
    return new Response(null, { status: 304, headers })
  const chunks = packageChunks(kysely, version)
  // Before the answer begins, so that a problem with the database is not a broken download.
  const first = await chunks.next()
  await countDownload(kysely, version)
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (first.done !== true) controller.enqueue(first.value)
    },
    async pull(controller) {
      const next = await chunks.next()
      if (next.done === true) controller.close()
      else controller.enqueue(next.value)
    },
    async cancel() {
      await chunks.return(undefined)
    },
  })
  return new Response(body, {
    headers: {
      ...headers,
      'content-type': 'application/gzip',
      'content-length': String(version.size),
      'content-disposition': `attachment; filename="${version.plugin_id}-${version.version}.tar.gz"`,
    },
  })
}

function matches(ifNoneMatch: string, etag: string): boolean {
  return ifNoneMatch.split(',').some((candidate) => ['*', etag, `W/${etag}`].includes(candidate.trim()))
}

async function countDownload(
  kysely: Kysely<Schema>,
  { plugin_id, version }: PublishedVersion,
): Promise<void> {
  await kysely.transaction().execute(async (trx) => {
    await trx
      .updateTable('plugins')
      .set((set) => ({ downloads: set('downloads', '+', 1) }))
      .where('id', '=', plugin_id)
      .execute()
    await trx
      .updateTable('plugin_versions')
      .set((set) => ({ downloads: set('downloads', '+', 1) }))
      .where('plugin_id', '=', plugin_id)
      .where('version', '=', version)
      .execute()
  })
}

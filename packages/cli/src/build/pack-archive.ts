import { Header, Pack, ReadEntry } from 'tar'
import type { PackageEntry } from './package-contents.js'

/** The time every entry carries, the one npm uses: real times would make each build different. */
const ENTRY_TIME = new Date('1985-10-26T08:15:00.000Z')

/**
 * A gzipped tar archive whose bytes depend on the entries alone: not on time, user, umask or folder. Nothing is
 * written to the disk.
 */
export async function packArchive(
  root: string,
  entries: readonly PackageEntry[],
  level = 9,
): Promise<Buffer> {
  const pack = new Pack({ gzip: { level }, portable: true, mtime: ENTRY_TIME, strict: true })
  for (const { path, content } of entries) {
    const header = new Header({
      path: `${root}/${path}`,
      size: content.length,
      mode: 0o644,
      mtime: ENTRY_TIME,
      type: 'File',
    })
    const entry = new ReadEntry(header)
    pack.add(entry)
    entry.end(content)
  }
  pack.end()
  const chunks: Buffer[] = []
  for await (const chunk of pack) chunks.push(chunk)
  return Buffer.concat(chunks)
}

import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { create } from 'tar'
import type { PackageEntry } from './package-contents.js'

/** The time every entry carries, the one npm uses: real times would make each build different. */
const ENTRY_TIME = new Date('1985-10-26T08:15:00.000Z')

/** A gzipped tar archive whose bytes depend on the entries alone: not on time, user, umask or folder. */
export async function packArchive(
  root: string,
  entries: readonly PackageEntry[],
  level = 9,
): Promise<Buffer> {
  const staging = await mkdtemp(join(tmpdir(), 'ops-center-pack-'))
  try {
    const paths: string[] = []
    for (const { path, content } of entries) {
      const name = `${root}/${path}`
      const file = join(staging, name)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, content)
      await chmod(file, 0o644)
      paths.push(name)
    }
    const archive = create(
      {
        cwd: staging,
        gzip: { level },
        portable: true,
        mtime: ENTRY_TIME,
        strict: true,
        noDirRecurse: true,
      },
      paths,
    )
    const chunks: Buffer[] = []
    for await (const chunk of archive) chunks.push(chunk)
    return Buffer.concat(chunks)
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

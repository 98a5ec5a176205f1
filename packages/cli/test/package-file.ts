import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatChecksum, sha256 } from '../src/build/checksum.js'
import { packArchive } from '../src/build/pack-archive.js'

/** Writes a small package with its checksum, as `build` does; `filler` makes it larger. */
export async function writePackageFile(
  folder: string,
  id: string,
  version: string,
  filler = '',
): Promise<Buffer> {
  const manifest = [
    `id: ${id}`,
    'name: Weather',
    `version: ${version}`,
    'description: Watches the weather',
    'author: DevOps Team',
    'type: backend',
    'runtime: { entrypoint: main.js }',
  ]
  const bytes = await packArchive(id, [
    { path: 'plugin.yaml', content: Buffer.from(`${manifest.join('\n')}\n`) },
    { path: 'main.js', content: Buffer.from(`export default {} // ${version} ${filler}`) },
  ])
  const name = `${id}-${version}.tar.gz`
  await writeFile(join(folder, name), bytes)
  await writeFile(join(folder, `${name}.sha256`), formatChecksum(sha256(bytes), name))
  return bytes
}

import { gzipSync } from 'node:zlib'
import { Header, type HeaderData } from 'tar'

/** One entry as it shall stand in the archive, safe or not. */
export interface Entry extends HeaderData {
  path: string
  content?: string | Buffer
}

/** A tar exactly as told, also as no tool would write it. */
export function buildTar(entries: readonly Entry[], endMarker = true): Buffer {
  const blocks = entries.flatMap(({ content = '', ...data }) => {
    const body = Buffer.from(content)
    const header = Buffer.alloc(512)
    new Header({ type: 'File', mode: 0o644, size: body.length, mtime: new Date(0), ...data }).encode(header)
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]
  })
  return Buffer.concat(endMarker ? [...blocks, Buffer.alloc(1024)] : blocks)
}

export function buildArchive(entries: readonly Entry[]): Buffer {
  return gzipSync(buildTar(entries))
}

/** The lines of a `plugin.yaml`; JSON is YAML. */
export function manifestText(changes: Record<string, unknown> = {}): string {
  return JSON.stringify({
    id: 'weather',
    name: 'Weather',
    version: '1.0.0',
    description: 'Watches the weather',
    author: 'DevOps Team',
    type: 'backend',
    runtime: { entrypoint: 'main.js' },
    ...changes,
  })
}

/** A package that can be published. */
export function buildPackage(changes: { id?: string; code?: string } & Record<string, unknown> = {}): Buffer {
  const { code = 'export default 1\n', ...manifest } = changes
  const id = manifest.id ?? 'weather'
  return buildArchive([
    { path: `${id}/`, type: 'Directory' },
    { path: `${id}/plugin.yaml`, content: manifestText(manifest) },
    { path: `${id}/main.js`, content: code },
  ])
}

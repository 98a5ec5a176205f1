import { arch, cpus, hostname, totalmem, type } from 'node:os'
import { type ApiClient, ApiNotFoundError, type Device } from '@ops-center/plugin-sdk'

/**
 * Id of the device that this machine is: the same at each start, whichever network it is in.
 *
 * @example machineId('Annas MacBook.fritz.box') // 'annas-macbook'
 */
export function machineId(name = hostname()): string {
  const [label = ''] = name.toLowerCase().split('.')
  const id = label
    .normalize('NFKD')
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 128)
  return id === '' ? 'this-machine' : id
}

/** Makes this machine a device that is online; enrolling it again only brings it up to date. */
export async function enrollMachine(
  api: Pick<ApiClient, 'devices'>,
  signal: AbortSignal,
): Promise<{ device: Device; isNew: boolean }> {
  const id = machineId()
  const metadata = { os: type(), arch: arch(), cpus: cpus().length, memory_bytes: totalmem() }
  try {
    const known = await api.devices.get(id, { signal })
    const changes = { status: 'online', metadata: { ...known.metadata, ...metadata } } as const
    return { device: await api.devices.update(id, changes, { signal }), isNew: false }
  } catch (error) {
    if (!(error instanceof ApiNotFoundError)) throw error
    const device = { id, name: hostname() || id, type: 'computer', status: 'online', metadata } as const
    return { device: await api.devices.create(device, { signal }), isNew: true }
  }
}

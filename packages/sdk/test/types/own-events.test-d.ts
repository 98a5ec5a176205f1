// Checked by the compiler: a line under @ts-expect-error that compiles is an error.
import { Plugin } from '@ops-center/plugin-sdk'

declare module '@ops-center/plugin-sdk' {
  interface EventMap {
    'inspection.finished': { device_id: string; passed: boolean }
  }
}

export async function ownEvents(): Promise<void> {
  const plugin = new Plugin({ id: 'a', name: 'A', version: '1.0.0' })
  plugin.hook('inspection.finished', ({ passed }) => passed === true)
  plugin.hook('inspection.*', ({ device_id }) => device_id.trim())
  await plugin.emit('inspection.finished', { device_id: 'a', passed: true })
  // @ts-expect-error a field of the wrong type
  await plugin.emit('inspection.finished', { device_id: 'a', passed: 'yes' })
  // @ts-expect-error an event nobody declared
  plugin.hook('inspection.started', () => {})
}

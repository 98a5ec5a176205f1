import type { PlatformClient } from './test-platform.js'

/** Changes of several resources, sent side by side until the server is gone, and those that it answered with 2xx. */
export class ChangesUnderLoad {
  /** What was answered, in the words of the witness: the event and what it is about. */
  readonly accepted: string[] = []
  #next = 0

  /** Creates what the changes are about. */
  async prepare({ api }: PlatformClient): Promise<void> {
    for (const id of ['pump', 'valve']) await api('POST', '/devices', { id, name: id, type: 'pump' })
  }

  /** Resolves when every sender found the server gone. */
  async send({ api }: PlatformClient): Promise<void> {
    await Promise.all([
      this.#untilRefused(async (value) => {
        await api('POST', '/devices/pump/metrics', { value })
        return [`device.metrics_updated ${value}`]
      }),
      this.#untilRefused(async (value) => {
        const values = [`${value}-a`, `${value}-b`, `${value}-c`]
        const batch = values.map((each) => ({ device_id: 'pump', metrics: { value: each } }))
        await api('POST', '/metrics', batch)
        return values.map((each) => `device.metrics_updated ${each}`)
      }),
      this.#untilRefused(async (value) => {
        await api('POST', '/devices', { id: `d-${value}`, name: 'New', type: 'pump' })
        return [`device.created d-${value}`]
      }),
      this.#untilRefused(async (value) => {
        await api('PATCH', '/devices/valve', { name: `${value}` })
        return [`device.updated ${value}`]
      }),
      this.#untilRefused(async (value) => {
        await api('POST', '/alerts', { severity: 'info', title: `${value}` })
        return [`alert.created ${value}`]
      }),
    ])
  }

  /** Everything that the server has of it, answered or not, in the same words; the last name of the valve beside it. */
  async stored({ api }: PlatformClient): Promise<{ changes: Set<string>; valve: number }> {
    const readings = await allPages<{ metrics: { value: unknown } }>(api, '/devices/pump/metrics', 'metrics')
    const devices = await allPages<{ id: string; name: string }>(api, '/devices', 'devices')
    const alerts = await allPages<{ title: string }>(api, '/alerts', 'alerts')
    const changes = new Set([
      ...readings.map(({ metrics }) => `device.metrics_updated ${metrics.value}`),
      ...devices.map(({ id }) => `device.created ${id}`),
      ...alerts.map(({ title }) => `alert.created ${title}`),
    ])
    return { changes, valve: Number(devices.find(({ id }) => id === 'valve')?.name) }
  }

  async #untilRefused(change: (value: number) => Promise<string[]>): Promise<void> {
    for (;;) {
      this.#next += 1
      try {
        this.accepted.push(...(await change(this.#next)))
      } catch {
        return
      }
    }
  }
}

async function allPages<Item>(api: PlatformClient['api'], path: string, field: string): Promise<Item[]> {
  const items: Item[] = []
  for (let page = 1; ; page += 1) {
    const answer = await api<Record<string, Item[]>>('GET', `${path}?page_size=1000&page=${page}`)
    const found = answer[field] ?? []
    items.push(...found)
    if (found.length < 1000) return items
  }
}

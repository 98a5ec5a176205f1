/** The least a manifest needs, with anything on top. */
export function minimalManifest(extra: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: 'weather-monitor',
    name: 'Weather Monitor',
    version: '1.0.0',
    description: 'Watches the weather',
    author: 'DevOps Team',
    type: 'backend',
    ...extra,
  }
}

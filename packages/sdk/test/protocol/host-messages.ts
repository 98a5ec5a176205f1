import type { HostContext } from '../../src/protocol/index.js'

/** What a host gives the plugin under test. */
export const host: HostContext = {
  protocol: 1,
  plugin_id: 'hosted',
  organization_id: 'org-1',
  api_url: 'http://127.0.0.1:1',
  api_key: 'oci_test',
  secret: 'a-secret-of-this-start',
  config: { limit: 3 },
}

/** One event as a host delivers it. */
export function delivery(name: string, payload: Record<string, unknown> = {}, handlers?: string[]) {
  return {
    name,
    payload,
    event_id: `event of ${name}`,
    organization_id: 'org-1',
    occurred_at: '2024-01-27T10:30:45.000Z',
    caused_by: null,
    ...(handlers ? { handlers } : {}),
  }
}

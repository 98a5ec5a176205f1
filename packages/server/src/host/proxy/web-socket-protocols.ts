/** What a caller that cannot set headers offers beside its key, and what is chosen when the plugin chooses nothing. */
export const PLATFORM_PROTOCOL = 'ops-center'
const KEY_PREFIX = 'ops-center.key.'

/** What `Sec-WebSocket-Protocol` of a caller holds. */
export interface OfferedProtocols {
  /** A browser cannot set `Authorization`: `new WebSocket(url, ['ops-center', 'ops-center.key.' + key])`. */
  key: string | undefined
  offersPlatform: boolean
  /** Those that are the plugin's business; never the key. */
  forPlugin: string[]
}

export function readProtocols(header: string | null): OfferedProtocols {
  const offered = (header ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
  const key = offered.find((name) => name.startsWith(KEY_PREFIX))?.slice(KEY_PREFIX.length)
  return {
    key,
    offersPlatform: offered.includes(PLATFORM_PROTOCOL),
    forPlugin: offered.filter((name) => name !== PLATFORM_PROTOCOL && !name.startsWith(KEY_PREFIX)),
  }
}

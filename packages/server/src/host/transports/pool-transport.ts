import type { LookupFunction } from 'node:net'
import { type Dispatcher, Pool } from 'undici'
import { openUpgrade } from './open-upgrade.js'
import type { DispatchedRequest, PluginRequest, PluginTransport } from './plugin-transport.js'
import { PoolAnswer } from './pool-answer.js'

/** Where a plugin listens. */
export type PluginAddress =
  | { socketPath: string }
  | {
      /** A path in it goes before that of each request. */
      url: string
      /** Decides which addresses a host name may lead to. */
      lookup?: LookupFunction | undefined
      /** Milliseconds to connect. */
      connectTimeout: number
    }

const CONNECTIONS = 64

/** HTTP over a pool of connections, to a Unix socket or to an address. Redirects are not followed. */
export function createPoolTransport(address: PluginAddress): PluginTransport {
  const isLocal = 'socketPath' in address
  const { origin, pathname } = new URL(isLocal ? 'http://plugin' : address.url)
  const prefix = pathname.replace(/\/$/, '')
  const lookup = isLocal ? undefined : address.lookup
  const options: Pool.Options = {
    connections: CONNECTIONS,
    headersTimeout: 0,
    bodyTimeout: 0,
    ...(isLocal
      ? { socketPath: address.socketPath }
      : { connect: { timeout: address.connectTimeout, ...(lookup ? { lookup } : {}) } }),
  }
  const pool = new Pool(origin, options)
  // Callers who fill every connection with answers that never end must not keep the host from asking.
  const own = new Pool(origin, options)
  const optionsOf = ({ method, path, headers, body, headersTimeout }: DispatchedRequest) => ({
    method: method as Dispatcher.HttpMethod,
    path: `${prefix}${path}`,
    headers: headers ?? null,
    body: body ?? null,
    headersTimeout: headersTimeout ?? null,
  })
  const send = (through: Pool, request: PluginRequest) =>
    through.request(request.signal ? { ...optionsOf(request), signal: request.signal } : optionsOf(request))
  return {
    request: (request) => send(pool, request),
    dispatch(request, receiver) {
      const answer = new PoolAnswer(receiver, request.headersTimeout)
      pool.dispatch(optionsOf(request), answer)
      return answer
    },
    async exchange(request) {
      const { statusCode, body } = await send(own, request)
      return { statusCode, text: await body.text() }
    },
    upgrade: (request) =>
      openUpgrade(`${origin}${prefix}`, request, isLocal ? address : lookup ? { lookup } : {}),
    async close() {
      await Promise.all([pool.destroy(), own.destroy()])
    },
  }
}

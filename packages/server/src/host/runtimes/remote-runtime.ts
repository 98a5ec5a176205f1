import dns from 'node:dns'
import type { IncomingHttpHeaders } from 'node:http'
import { errorMessage, OpsError } from '@ops-center/plugin-sdk'
import { HOST_PREFIX } from '@ops-center/plugin-sdk/protocol'
import { publicLookup, refusePrivateLiteral } from '../../resources/webhooks/public-address.js'
import { PluginConnection } from '../running/plugin-connection.js'
import type { PluginReply, PluginRequest, PluginTransport } from '../transports/plugin-transport.js'
import { createPoolTransport } from '../transports/pool-transport.js'
import { ownLocation } from './own-location.js'
import type { RemoteAddress } from './remote-address.js'
import type { RunningPlugin, RuntimeStart } from './runtime.js'

/** Milliseconds between two looks whether the plugin still knows its host. */
const HEARTBEAT_MS = 5_000
const CONNECT_TIMEOUT_MS = 5_000
const CONFIRM = 'that the operator of the server gives it as remote.url when installing'

/** Below 500, but of the host's making: the plugin was started anew, or with another secret. */
const FORGOTTEN: ReadonlySet<number> = new Set([401, 409])

/**
 * Links with a plugin that runs somewhere else. The link ends when the plugin cannot be reached any more or has
 * forgotten its host, as a process ends; the plugin itself is never ended from here, as other nodes may use it.
 *
 * @throws OpsError `address_refused` for an address of a private network that the server's operator did not give.
 */
export async function startRemote(
  { context }: RuntimeStart,
  { url, secret, is_confirmed }: RemoteAddress,
): Promise<RunningPlugin> {
  if (!is_confirmed) refusePrivateLiteral(url, CONFIRM)
  const transport = createPoolTransport({
    url,
    connectTimeout: CONNECT_TIMEOUT_MS,
    lookup: is_confirmed ? undefined : publicLookup(dns.lookup, CONFIRM),
  })
  let heartbeat: NodeJS.Timeout | undefined
  let tellExit: (how: string) => void = () => undefined
  const exited = new Promise<string>((resolve) => {
    tellExit = resolve
  })
  const end = async (how: string) => {
    clearInterval(heartbeat)
    tellExit(how)
    await transport.close()
  }
  /** An empty batch: anything that speaks the protocol answers it, and only to its host. */
  const beat = async () => {
    const { statusCode } = await transport.exchange({
      method: 'POST',
      path: `${HOST_PREFIX}/events`,
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: '{"events":[]}',
      signal: AbortSignal.timeout(HEARTBEAT_MS),
    })
    if (FORGOTTEN.has(statusCode)) throw new OpsError('plugin_forgot_host', 'it was started anew')
  }
  let beating: Promise<void> | undefined
  const check = (): Promise<void> => {
    beating ??= beat()
      .catch((error: unknown) => end(`a lost connection (${errorMessage(error)})`))
      .finally(() => {
        beating = undefined
      })
    return beating
  }
  const told = (headers: IncomingHttpHeaders) => ownLocation(headers, { url, pluginId: context.plugin_id })
  const watched: PluginTransport = {
    ...transport,
    request: async (request) => {
      const { statusCode, headers, body } = await transport.request(request)
      return { statusCode, headers: told(headers), body }
    },
    dispatch: (request, receiver) =>
      transport.dispatch(request, {
        onStart: (status, headers) => receiver.onStart(status, told(headers)),
        onData: (chunk) => receiver.onData(chunk),
        onEnd: () => receiver.onEnd(),
        onError: (error) => receiver.onError(error),
      }),
    exchange: async (request) => {
      const reply = await transport.exchange(request).catch(async (error: unknown) => {
        if (heartbeat) await check()
        throw error
      })
      if (!request.path.startsWith(HOST_PREFIX)) return reply
      if (reply.statusCode === 401 || (heartbeat && FORGOTTEN.has(reply.statusCode))) {
        if (heartbeat) await end('a new start of its own')
        throw refusal(reply)
      }
      if (isStart(request) && reply.statusCode < 300) heartbeat ??= setInterval(check, HEARTBEAT_MS).unref()
      return reply
    },
  }
  return {
    runtime: 'remote',
    pid: undefined,
    connection: new PluginConnection(watched, context.secret),
    needsContext: true,
    exited,
    memory: async () => undefined,
    stop: () => end('a stop'),
  }
}

function isStart({ path }: PluginRequest): boolean {
  return path === `${HOST_PREFIX}/lifecycle/start`
}

function refusal({ statusCode }: PluginReply): OpsError {
  return statusCode === 401
    ? new OpsError(
        'remote_secret_refused',
        'it refuses the secret that the platform was given: expected the one in its OPS_PLUGIN_SECRET',
      )
    : new OpsError('plugin_forgot_host', 'it was started anew and knows nothing of its host')
}

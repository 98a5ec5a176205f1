import type { NodeHandler } from '../../http/node-handler.js'
import { DirectExchange, type DirectServices, type PlainRequest } from './direct-exchange.js'

const PLAIN =
  /^(\/plugins\/([a-z0-9][a-z0-9-]{0,99})(?:\/[\w.~!$&()*+,;=:@-]*)*)(?:\?[\w.~!$&()*+,;=:@/?%-]*)?$/
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/

/**
 * The short way to plugins, from one connection to the other: the objects of the web in between would cost more than
 * all the rest. It does what `pluginProxy` does, with what the app's middleware does for every request.
 */
export function directProxy(services: DirectServices): NodeHandler {
  return (incoming, outgoing) => {
    const request = plainRequest(incoming.url ?? '')
    if (!request) return false
    new DirectExchange(services, request, incoming, outgoing).begin()
    return true
  }
}

function plainRequest(url: string): PlainRequest | undefined {
  const [, path, pluginId] = PLAIN.exec(url) ?? []
  if (path === undefined || pluginId === undefined || DOT_SEGMENT.test(path)) return undefined
  return { pluginId, path, url }
}

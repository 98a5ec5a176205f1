import { request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Upgraded, UpgradeRequest } from './plugin-transport.js'

/**
 * Asks for another protocol, by `node:http` and not a pool of undici, which takes any answer but 101 for a failure
 * without a status.
 */
export function openUpgrade(
  origin: string,
  { path, headers, signal }: UpgradeRequest,
  how: Pick<RequestOptions, 'socketPath' | 'lookup' | 'createConnection'>,
): Promise<Upgraded> {
  const send = origin.startsWith('https:') ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const sent = send(`${origin}${path}`, {
      ...how,
      // A pool of Node's would not ask the function for a connection.
      ...(how.createConnection ? {} : { agent: false }),
      headers,
      ...(signal ? { signal } : {}),
    })
    sent.once('upgrade', (answer, socket, head) =>
      resolve({ isUpgraded: true, headers: answer.headers, socket, head }),
    )
    sent.once('response', (answer) => resolve({ isUpgraded: false, answer }))
    sent.once('error', reject)
    sent.end()
  })
}

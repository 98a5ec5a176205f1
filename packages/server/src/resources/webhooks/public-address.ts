import type { LookupAddress, LookupAllOptions } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { OpsError } from '@ops-center/plugin-sdk'
import ipaddr from 'ipaddr.js'

/** Milliseconds that a new webhook waits for its host name to be looked up. */
const LOOKUP_MS = 1_000

/** What lets an address of a private network pass. */
const WEBHOOK_FIX = 'the setting OPS_CENTER_WEBHOOKS_ALLOW_PRIVATE'

/** Finds the addresses of a host name; `dns.lookup` is one. */
export type Lookup = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** Whether an address is of the public internet: not of this machine, its network, or anything reserved. */
export function isPublicAddress(address: string): boolean {
  // An IPv4 address within IPv6 counts as what it is.
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast'
}

/**
 * A lookup that answers with public addresses only. The connection is made to the very address that was checked, so a
 * name that means something else a moment later changes nothing.
 */
export function publicLookup(lookup: Lookup, fix?: string): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, [])
      const refused = addresses.find(({ address }) => !isPublicAddress(address))
      if (refused) return callback(addressRefused(hostname, fix), [])
      const [first] = addresses
      if (options.all === true || first === undefined) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}

/** @throws OpsError `address_refused` for an address that is written as a number and is not public. */
export function refusePrivateLiteral(url: string, fix?: string): void {
  const host = hostOf(url)
  if (isIP(host) !== 0 && !isPublicAddress(host)) throw addressRefused(host, fix)
}

/**
 * Says at once what deliveries would be refused for. A name that cannot be looked up now is let pass: deliveries look
 * again.
 *
 * @throws OpsError `address_refused`.
 */
export async function refusePrivateAddress(url: string, lookup: Lookup): Promise<void> {
  refusePrivateLiteral(url)
  const host = hostOf(url)
  if (isIP(host) !== 0) return
  const isPrivate = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), LOOKUP_MS)
    lookup(host, { all: true }, (error, addresses) => {
      clearTimeout(timer)
      resolve(!error && addresses.some(({ address }) => !isPublicAddress(address)))
    })
  })
  if (isPrivate) throw addressRefused(host)
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '')
}

/** Does not say which address a name has: that would tell a stranger about the network. */
function addressRefused(host: string, fix = WEBHOOK_FIX): OpsError {
  return new OpsError(
    'address_refused',
    `${host} is an address of a private network: expected a public one, or ${fix}`,
  )
}

import { randomUUID } from 'node:crypto'
import dns from 'node:dns'
import { errorMessage } from '@ops-center/plugin-sdk'
import { PLATFORM_RESOURCES, permissionToHear } from '@ops-center/plugin-sdk/protocol'
import { type Principal, requirePermission } from '../../auth/principal.js'
import { HttpProblem, notFound } from '../../http/http-problem.js'
import type { RequestScope } from '../request-scope.js'
import type { ResourceServices } from '../resource-services.js'
import { type Lookup, refusePrivateAddress } from './public-address.js'
import type { CreateWebhook, RotateSecret, UpdateWebhook, Webhook } from './schema.js'
import type { WebhookDirectory } from './webhook-directory.js'
import { deleteWebhook, insertWebhook, lockWebhook, updateWebhook, webhookOf } from './webhook-repository.js'
import { generateWebhookSecret } from './webhook-sender.js'

const OVERLAP_MS = 86_400_000

export interface ChangeServices extends Pick<ResourceServices, 'database' | 'events'> {
  directory: WebhookDirectory
  /** Whether addresses that are not public may be called. */
  allowPrivate: boolean
  lookup?: Lookup | undefined
}

type WebhookWithSecret = Webhook & { secret: string }

export async function createWebhook(
  services: ChangeServices,
  { principal, causedBy, repeatGuard }: RequestScope,
  { id = randomUUID(), secret = generateWebhookSecret(), ...fields }: CreateWebhook,
): Promise<WebhookWithSecret> {
  const { organization_id } = principal
  requireHearing(principal, fields.events)
  await requirePublicAddress(services, fields.url)
  const created = await services.database.kysely.transaction().execute(async (trx) => {
    const webhook = webhookOf(await insertWebhook(trx, organization_id, { id, secret, ...fields }))
    await services.events.publish(trx, {
      organization_id,
      name: 'webhook.created',
      payload: { webhook_id: id, webhook_data: webhook },
      caused_by: causedBy,
    })
    const answer = { ...webhook, secret }
    await repeatGuard.record(trx, { status: 201, location: `/api/v1/webhooks/${id}`, body: answer })
    return answer
  })
  await services.directory.changed()
  return created
}

/** Changes the given fields; one that is active again starts with a clean slate. */
export async function patchWebhook(
  services: ChangeServices,
  { principal }: RequestScope,
  id: string,
  patch: UpdateWebhook,
): Promise<Webhook> {
  if (patch.events !== undefined) requireHearing(principal, patch.events)
  if (patch.url !== undefined) await requirePublicAddress(services, patch.url)
  const { url, events, status, secret } = patch
  const changes = {
    ...(url === undefined ? {} : { url }),
    ...(events === undefined ? {} : { events }),
    ...(status === undefined ? {} : { status, status_reason: null, failures: 0 }),
    ...(secret === undefined ? {} : { secret, former_secret: null, former_secret_until: null }),
  }
  return changed(services, principal, id, changes)
}

/** Gives a webhook another secret; deliveries are signed with both until the receiver had time to change over. */
export async function rotateSecret(
  services: ChangeServices,
  { principal }: RequestScope,
  id: string,
  { secret = generateWebhookSecret(), overlap = OVERLAP_MS }: RotateSecret,
): Promise<WebhookWithSecret> {
  const webhook = await changed(services, principal, id, (former) => ({
    secret,
    former_secret: former.secret,
    former_secret_until: new Date(Date.now() + overlap),
  }))
  return { ...webhook, secret }
}

/** Deletes a webhook, what was sent to it and what was still to be sent. */
export async function removeWebhook(
  services: ChangeServices,
  { principal, causedBy }: RequestScope,
  id: string,
): Promise<void> {
  const { organization_id } = principal
  await services.database.kysely.transaction().execute(async (trx) => {
    const webhook = webhookOf(await deleteWebhook(trx, organization_id, id))
    const payload = { webhook_id: id, webhook_data: webhook }
    await services.events.publish(trx, {
      organization_id,
      name: 'webhook.deleted',
      payload,
      caused_by: causedBy,
    })
  })
  await services.directory.changed()
}

type Changes = Parameters<typeof updateWebhook>[3]
type Former = NonNullable<Awaited<ReturnType<typeof lockWebhook>>>

async function changed(
  { database, directory }: ChangeServices,
  { organization_id }: Principal,
  id: string,
  changes: Changes | ((former: Former) => Changes),
): Promise<Webhook> {
  const webhook = await database.kysely.transaction().execute(async (trx) => {
    const former = await lockWebhook(trx, organization_id, id)
    if (!former) throw notFound('webhook', id)
    const wanted = typeof changes === 'function' ? changes(former) : changes
    return Object.keys(wanted).length === 0 ? former : updateWebhook(trx, organization_id, id, wanted)
  })
  await directory.changed()
  return webhookOf(webhook)
}

/** A plugin cannot have sent elsewhere what it may not read itself. */
function requireHearing(principal: Principal, events: readonly string[]): void {
  if (principal.kind !== 'installation') return
  const names = events.flatMap((pattern) =>
    pattern === '*' ? PLATFORM_RESOURCES.map((resource) => `${resource}.any`) : [pattern],
  )
  for (const name of names) {
    const needed = permissionToHear(name)
    if (needed !== undefined) requirePermission(principal, needed)
  }
}

async function requirePublicAddress(
  { allowPrivate, lookup = dns.lookup }: ChangeServices,
  url: string,
): Promise<void> {
  if (allowPrivate) return
  try {
    await refusePrivateAddress(url, lookup)
  } catch (cause) {
    const detail = errorMessage(cause)
    throw new HttpProblem(422, `Invalid body/url: ${detail}`, {
      errors: [{ pointer: '/url', detail }],
      cause,
    })
  }
}

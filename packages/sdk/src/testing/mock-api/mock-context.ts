import type { CatalogueEvents, PayloadOf } from '../../events.js'
import { HttpError } from '../../http-error.js'
import type { MockStore } from './mock-store.js'

/** Tells of something that happened, as the platform would. */
export type TellEvent = <Name extends keyof CatalogueEvents>(
  name: Name,
  payload: PayloadOf<Name>,
) => Promise<void>

/** What the routes of a mock API work with. */
export interface MockContext {
  readonly store: MockStore
  /** RFC 3339, UTC. */
  readonly now: () => string
  readonly permissions: () => ReadonlySet<string>
  readonly organizationId: string
  /** Written into `created_by` and its like. */
  readonly label: string
  readonly tell: TellEvent
}

/** Throws the platform's 403 unless the permission, its whole resource or everything is granted. */
export function requireMockPermission(context: MockContext, permission: string): void {
  const granted = context.permissions()
  const [resource] = permission.split(':')
  if (granted.has(permission) || granted.has('*') || granted.has(`${resource}:*`)) return
  throw new HttpError(403, `The plugin ${context.label} lacks the permission ${permission}`)
}

/** The item with an id, or the platform's 404. */
export function findItem<Item>(items: ReadonlyMap<string, Item>, kind: string, id: string): Item {
  const item = items.get(id)
  if (item === undefined) throw new HttpError(404, `There is no ${kind} ${JSON.stringify(id)}`)
  return item
}

/** The id a create asks for, or a new one; 409 when it is taken. */
export function newId(items: ReadonlyMap<string, unknown>, kind: string, asked: string | undefined): string {
  if (asked === undefined) return crypto.randomUUID()
  if (items.has(asked)) throw new HttpError(409, `There is a ${kind} ${JSON.stringify(asked)} already`)
  return asked
}

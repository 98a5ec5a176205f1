import type { EventsSchema } from '../events/schema.js'
import type { HostSchema } from '../host/schema.js'
import type { RegistrySchema } from '../registry/schema.js'
import type { ResourcesSchema } from '../resources/schema.js'

/** Every table of the database; each room declares its own. */
export interface Schema extends ResourcesSchema, EventsSchema, HostSchema, RegistrySchema {}

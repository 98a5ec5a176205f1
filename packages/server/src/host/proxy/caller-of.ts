import type { CallerData } from '@ops-center/plugin-sdk/protocol'
import type { Principal } from '../../auth/principal.js'

/** What a plugin is told of who calls it: never the key itself. */
export function callerOf(principal: Principal): CallerData {
  const { kind, id, plugin_id, user_id, name, role, label, organization_id, permissions } = principal
  const who =
    kind === 'installation'
      ? { kind: 'plugin' as const, id: plugin_id ?? id }
      : user_id === undefined
        ? { kind: 'key' as const, id }
        : { kind: 'user' as const, id: user_id, ...(role === undefined ? {} : { role }) }
  return { ...who, name: name ?? label, organization_id, permissions: [...permissions] }
}

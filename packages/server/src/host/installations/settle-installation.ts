import type { PluginStorage } from '../plugin-storage.js'
import type { Installation } from './installation.js'
import type { InstallationStore } from './installation-store.js'

export interface SettleServices {
  store: InstallationStore
  storage: PluginStorage
}

/** States in which nobody is at work. */
const SETTLED: ReadonlySet<string> = new Set(['installed', 'enabled', 'disabled', 'error'])

export function isSettled({ state }: Installation): boolean {
  return SETTLED.has(state)
}

/**
 * Ends what a node that died left half done: an installation that was being made or removed goes, one that was being
 * enabled or disabled is off, and one that was being enabled again after crashes waits for the next try. To be called by
 * whoever has its turn.
 *
 * @returns What is left of it.
 */
export async function settleInstallation(
  { store, storage }: SettleServices,
  installation: Installation,
): Promise<Installation | undefined> {
  switch (installation.state) {
    case 'installing':
      // Nobody heard that it was installed.
      await store.remove(installation)
      return undefined
    case 'uninstalling':
      if (installation.purging) await storage.clear(installation)
      await store.remove(installation, 'plugin.uninstalled')
      return undefined
    case 'enabling': {
      const reason = 'The server ended while the plugin was being enabled; enable it again'
      return installation.enabled
        ? store.change(installation, { state: 'error', reason }, 'plugin.failed')
        : store.change(installation, { state: 'disabled', reason }, 'plugin.disabled')
    }
    case 'disabling':
      return store.change(installation, { state: 'disabled', enabled: false }, 'plugin.disabled')
    default:
      return installation
  }
}

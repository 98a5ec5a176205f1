import type { Installation } from './installation.js'
import type { InstallationStore } from './installation-store.js'

/**
 * Ends what a node that died left half done: an installation that was being made or removed goes, one that was being
 * enabled or disabled is disabled. To be called by whoever has its turn.
 */
export async function settleInstallation(
  store: InstallationStore,
  installation: Installation,
): Promise<Installation> {
  switch (installation.state) {
    case 'installing':
    case 'uninstalling':
      await store.remove(installation, 'plugin.uninstalled')
      return { ...installation, enabled: false }
    case 'enabling':
    case 'disabling':
      return store.change(installation, { state: 'disabled', enabled: false }, 'plugin.disabled')
    default:
      return installation
  }
}

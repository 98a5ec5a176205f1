import type { LaunchServices } from '../running/launch-plugin.js'
import type { PluginRunners } from '../running/plugin-runners.js'
import type { InstallationStore } from './installation-store.js'

/** What it takes to change an installation that may be running. */
export interface ChangeServices {
  store: InstallationStore
  runners: PluginRunners
  launch: Pick<LaunchServices, 'logs'>
}

import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where this command keeps what belongs to the person, not to a project: `OPS_CENTER_CONFIG_DIR`, else the usual place. */
export function configFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env.OPS_CENTER_CONFIG_DIR) return env.OPS_CENTER_CONFIG_DIR
  if (process.platform === 'win32' && env.APPDATA) return join(env.APPDATA, 'ops-center')
  return join(env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'ops-center')
}

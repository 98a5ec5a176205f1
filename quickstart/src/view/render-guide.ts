import { join } from 'node:path'

export interface GuideFacts {
  readonly url: string
  readonly pluginId: string
  readonly dataDir: string
  /** Where the admin key is; undefined when it comes from the environment. */
  readonly keyFile: string | undefined
  /** Whether keys are listened to. */
  readonly hasKeys: boolean
}

/** What to open, ask and try, once everything runs. */
export function renderGuide({ url, pluginId, dataDir, keyFile, hasKeys }: GuideFacts): string[] {
  const key = keyFile === undefined ? '$OPS_CENTER_ADMIN_KEY' : `$(cat \\\n    ${shellWord(keyFile)})`
  return [
    `API docs     ${url}/docs`,
    `Plugin docs  ${url}/plugins/${pluginId}/docs`,
    `Statistics   curl ${url}/plugins/${pluginId}/stats \\`,
    ...`  -H "Authorization: Bearer ${key}"`.split('\n'),
    `Admin key    ${keyFile ?? 'from OPS_CENTER_ADMIN_KEY'}`,
    `Data         ${join(dataDir)} (the next npm start continues with it)`,
    `Anomaly      ${hasKeys ? 'press a, or ' : ''}npm run anomaly${hasKeys ? ' elsewhere' : ''}: 20 s of real load`,
  ]
}

/** A path as one word of a shell's command line, also inside double quotes. */
function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

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
  const key =
    keyFile === undefined
      ? '"Authorization: Bearer $OPS_CENTER_ADMIN_KEY" \\'
      : '"Authorization: Bearer $(cat \\'
  return [
    `API docs     ${url}/docs`,
    `Plugin docs  ${url}/plugins/${pluginId}/docs`,
    `Statistics   curl -H ${key}`,
    ...(keyFile === undefined ? [] : [`             ${shellWord(keyFile)})" \\`]),
    `             ${url}/plugins/${pluginId}/stats`,
    `Admin key    ${keyFile ?? 'from OPS_CENTER_ADMIN_KEY'}`,
    `Data         ${dataDir}, kept for the next npm start`,
    `Anomaly      ${hasKeys ? 'press a, or ' : ''}npm run anomaly${hasKeys ? ' elsewhere' : ''}: 20 s of real load`,
  ]
}

/** A path as one word of a shell's command line, also inside double quotes. */
function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

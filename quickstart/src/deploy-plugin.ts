import { type ApiClient, ApiNotFoundError, apiPath, errorMessage } from '@ops-center/plugin-sdk'
import { z } from 'zod'
import type { Output } from './output.js'
import type { RunCli } from './run-cli.js'

const builtPackage = z.object({ id: z.string(), version: z.string(), file: z.string(), checksum: z.string() })
const installationSchema = z.object({
  plugin_id: z.string(),
  version: z.string(),
  state: z.string(),
})
const installationList = z.object({ plugins: z.array(installationSchema) })

type BuiltPackage = z.infer<typeof builtPackage>
type Installation = z.infer<typeof installationSchema>

export interface Deployment {
  readonly api: Pick<ApiClient, 'get'>
  readonly cli: RunCli
  readonly output: Pick<Output, 'step' | 'note'>
}

/**
 * Builds a plugin, publishes it, installs it and enables it, as its author and an operator would; what is done already
 * stays as it is.
 *
 * @returns Id and version of what runs now.
 * @throws OpsError `cli_failed` with the words of the command that failed.
 */
export async function deployPlugin(
  folder: string,
  deployment: Deployment,
): Promise<Pick<Installation, 'plugin_id' | 'version'>> {
  const { cli, output } = deployment
  const built = await output.step(
    'Building the anomaly detector',
    async () => builtPackage.parse(await cli('build', '--path', folder)),
    ({ id, version }) => `Built ${id} ${version}`,
  )
  const name = `${built.id} ${built.version}`
  await output.step(
    `Publishing ${name}`,
    () => publish(built, deployment),
    (done) =>
      `${{ now: 'Published', before: 'Already published:', differs: 'Not published again:' }[done]} ${name}`,
  )
  const installed = await installBuilt(built, deployment)
  const isEnabled = installed.state === 'enabled'
  await output.step(
    `Enabling ${built.id}`,
    async () => (isEnabled ? undefined : cli('enable', built.id)),
    () => `${isEnabled ? 'Already enabled:' : 'Enabled'} ${built.id} ${installed.version}`,
  )
  return installed
}

/** A version is published once and for all: other contents under the same version are refused, and that is no failure here. */
async function publish(
  built: BuiltPackage,
  { api, cli, output }: Deployment,
): Promise<'now' | 'before' | 'differs'> {
  const published = await publishedChecksum(api, built)
  if (published === built.checksum) return 'before'
  try {
    await cli('publish', '--path', built.file)
    return 'now'
  } catch (error) {
    if (published === undefined) throw error
    output.note(
      `${built.id} ${built.version} is published with other contents: what you changed does not run. ` +
        `Raise the version in plugin.yaml and main.ts, then start again. The marketplace said: ${lastLine(error)}`,
    )
    return 'differs'
  }
}

async function publishedChecksum(
  api: Pick<ApiClient, 'get'>,
  { id, version }: BuiltPackage,
): Promise<string | undefined> {
  try {
    const path = apiPath`/plugins/marketplace/${id}/versions/${version}`
    return z.object({ checksum: z.string() }).parse(await api.get(path)).checksum
  } catch (error) {
    if (error instanceof ApiNotFoundError) return undefined
    throw error
  }
}

function installBuilt({ id, version }: BuiltPackage, { cli, output }: Deployment): Promise<Installation> {
  let done = 'Installed'
  return output.step(
    `Installing ${id} ${version}`,
    async () => {
      const { plugins } = installationList.parse(await cli('list'))
      const present = plugins.find(({ plugin_id }) => plugin_id === id)
      if (!present) return installationSchema.parse(await cli('install', `${id}@${version}`, '--yes'))
      done = 'Already installed:'
      if (present.version === version) return present
      try {
        const updated = installationSchema.parse(await cli('update', `${id}@${version}`))
        done = 'Updated to'
        return updated
      } catch (error) {
        output.note(`${id} stays at ${present.version}, it could not be updated: ${lastLine(error)}`)
        return present
      }
    },
    (installation) => `${done} ${id} ${installation.version}`,
  )
}

/** The first line says which command failed; what follows is the command's own. */
function lastLine(error: unknown): string {
  const [first = '', second = first] = errorMessage(error).split('\n')
  return second.replace(/^error /, '')
}

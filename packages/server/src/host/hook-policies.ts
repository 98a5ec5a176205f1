import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import type { LifecycleResponse, Registrations } from '@ops-center/plugin-sdk/protocol'

type Hook = Registrations['hooks'][number]

/**
 * What a plugin registers, with the retries, timeouts and `on_error` that only its manifest states: what the code
 * says of a hook counts first. An entry of the manifest without a handler speaks for every hook of its event.
 */
export function withManifestPolicies(answer: LifecycleResponse, manifest: Manifest): LifecycleResponse {
  const { registrations } = answer
  const hooks = registrations.hooks.map((hook) => withPolicyOf(manifest.hooks, hook))
  return { ...answer, registrations: { ...registrations, hooks } }
}

function withPolicyOf(declared: Manifest['hooks'], hook: Hook): Hook {
  const found =
    declared.find(({ event, handler }) => event === hook.event && handler === hook.handler) ??
    declared.find(({ event, handler }) => event === hook.event && handler === undefined)
  const retries = hook.retries ?? found?.retries
  const timeout = hook.timeout ?? found?.timeout
  const on_error = hook.on_error ?? found?.on_error
  return {
    ...hook,
    ...(retries === undefined ? {} : { retries }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(on_error === undefined ? {} : { on_error }),
  }
}

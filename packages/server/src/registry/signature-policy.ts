import { OpsError } from '@ops-center/plugin-sdk'
import { readTrustedKey, type TrustedKey } from './upload/verify-signature.js'

/** Whose packages a server takes. */
export interface SignaturePolicy {
  /** A signature must be by one of them as soon as there is one. */
  readonly trustedKeys: readonly TrustedKey[]
  /** Whether a package without a signature is refused, when it is published and when it is installed. */
  readonly requireSignature: boolean
}

/** Takes packages of everybody. */
export const NO_SIGNATURES: SignaturePolicy = { trustedKeys: [], requireSignature: false }

interface SignatureSettings {
  /** Paths of files with public keys. */
  trustedKeys: readonly string[]
  requireSignature: boolean
}

/** The policy that settings ask for, and everything that is wrong with them, as OpsErrors. */
export async function readSignaturePolicy(settings: SignatureSettings) {
  const { requireSignature } = settings
  const trustedKeys: TrustedKey[] = []
  const problems: unknown[] = []
  for (const path of settings.trustedKeys) {
    await readTrustedKey(path).then(
      (key) => trustedKeys.push(key),
      (error: unknown) => problems.push(error),
    )
  }
  if (requireSignature && settings.trustedKeys.length === 0) problems.push(nobodyTrusted())
  const policy: SignaturePolicy = { trustedKeys, requireSignature }
  return { policy, problems }
}

/** @throws OpsError `trusted_key_invalid` or `setting_invalid`, the first that is wrong. */
export async function resolveSignaturePolicy(settings: SignatureSettings): Promise<SignaturePolicy> {
  const { policy, problems } = await readSignaturePolicy(settings)
  if (problems.length > 0) throw problems[0]
  return policy
}

function nobodyTrusted(): OpsError {
  return new OpsError(
    'setting_invalid',
    'OPS_CENTER_REQUIRE_SIGNATURE="true" refuses every package while no key is trusted: name the public keys of their publishers in OPS_CENTER_TRUSTED_KEYS',
  )
}

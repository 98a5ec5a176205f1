import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { ManifestIssue } from '@ops-center/plugin-sdk/manifest'
import type { Principal } from '../../auth/principal.js'
import type { Database } from '../../database/client.js'
import { HttpProblem } from '../../http/http-problem.js'
import { isStorableText } from '../../http/json-object.js'
import { inspectPackage } from '../archive/inspect-package.js'
import { type Publication, publishPackage } from '../publish-package.js'
import type { SignaturePolicy } from '../signature-policy.js'
import type { ReceivedUpload } from './receive-upload.js'
import { findSigner, parseSignature } from './verify-signature.js'

export interface AcceptedUpload extends Publication {
  /** What the author may want to know about the manifest. */
  warnings: readonly ManifestIssue[]
}

/**
 * Checks a received package in the order of cost, and publishes it.
 *
 * @throws HttpProblem 422 for a checksum, signature or changelog that is not right; PackageError and OpsError of
 * {@link publishPackage} for the package.
 */
export async function acceptUpload(
  database: Pick<Database, 'kysely'>,
  upload: ReceivedUpload,
  principal: Principal,
  policy: SignaturePolicy,
): Promise<AcceptedUpload> {
  checkChecksum(upload)
  const changelog = upload.fields.get('changelog') ?? null
  if (changelog !== null && !isStorableText(changelog)) throw invalid('changelog', 'expected plain text')
  const { manifest, warnings } = await inspectPackage(createReadStream(upload.file))
  const bytes = await readFile(upload.file)
  const signed = checkSignature(bytes, upload.fields.get('signature'), policy)
  const publication = await publishPackage(database, {
    manifest,
    bytes,
    checksum: upload.checksum,
    changelog,
    ...signed,
    organization_id: principal.organization_id,
    published_by: principal.label,
  })
  return { ...publication, warnings }
}

function checkChecksum({ fields, checksum }: ReceivedUpload): void {
  const given = fields.get('checksum')?.trim().toLowerCase()
  if (given === undefined || given === '') {
    throw invalid('checksum', 'expected the SHA-256 of the file, it is missing')
  }
  if (!/^[0-9a-f]{64}$/.test(given)) throw invalid('checksum', 'expected a SHA-256: 64 hexadecimal digits')
  if (given === checksum) return
  throw invalid('checksum', `does not match: the file that arrived has the SHA-256 ${checksum}`)
}

function checkSignature(bytes: Buffer, text: string | undefined, policy: SignaturePolicy) {
  if (text === undefined || text.trim() === '') {
    if (policy.requireSignature) throw invalid('signature', 'this server only takes signed packages')
    return { signature: null, signed_by: null }
  }
  const signature = parseSignature(text)
  if (!signature)
    throw invalid('signature', 'expected an Ed25519 signature, 64 bytes in base64 or hexadecimal')
  const signer = findSigner(bytes, signature, policy.trustedKeys)
  if (!signer && (policy.trustedKeys.length > 0 || policy.requireSignature)) {
    throw invalid('signature', 'does not belong to this file and a key that this server trusts')
  }
  return { signature: signature.toString('base64'), signed_by: signer?.fingerprint ?? null }
}

function invalid(field: string, detail: string): HttpProblem {
  return new HttpProblem(422, `Form field ${JSON.stringify(field)}: ${detail}`, {
    errors: [{ pointer: `/${field}`, detail }],
  })
}

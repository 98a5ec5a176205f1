import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OpsError } from '@ops-center/plugin-sdk'
import type { Leases } from '../../database/leases.js'

type JsonObject = Record<string, unknown>

const CIPHER = 'aes-256-gcm'
/** Of what tells keys apart, and gives nothing away. */
const MARK_LENGTH = 16
const SEALED = /^sealed:v1:([\w-]+)\.([\w-]+)\.([\w-]*)$/

/** Seals configurations, so that the database and its backups give nothing away without the key. */
export class ConfigSecrets {
  readonly #key: Buffer

  private constructor(key: Buffer) {
    this.#key = key
  }

  /** With the key given, else with the one kept in `<dataDir>/secret-key` (mode 600), made on first use. */
  static async open(dataDir: string, given: string | undefined): Promise<ConfigSecrets> {
    const text = given ?? (await keptKey(join(dataDir, 'secret-key')))
    return new ConfigSecrets(createHash('sha256').update(text).digest())
  }

  /**
   * Nodes with different keys could not read each other's configurations, and would find out one by one.
   *
   * @throws OpsError `secret_key_differs` when a node that runs now has another key.
   */
  async requireAlike(leases: Pick<Leases, 'agree'>): Promise<void> {
    if (await leases.agree(this.derive('nodes').slice(0, MARK_LENGTH))) return
    throw new OpsError(
      'secret_key_differs',
      'Another server runs on this database with another key: start each with the same OPS_CENTER_SECRET_KEY',
    )
  }

  /** A secret for one purpose, the same on every node and as long as the key is. */
  derive(purpose: string): string {
    return createHmac('sha256', this.#key).update(purpose).digest('base64url')
  }

  seal(config: JsonObject): string {
    const iv = randomBytes(12)
    const cipher = createCipheriv(CIPHER, this.#key, iv)
    const sealed = Buffer.concat([cipher.update(JSON.stringify(config), 'utf8'), cipher.final()])
    return `sealed:v1:${[iv, cipher.getAuthTag(), sealed].map((part) => part.toString('base64url')).join('.')}`
  }

  /** @throws OpsError `config_sealed` when it was sealed with another key. */
  unseal(text: string): JsonObject {
    const [, iv = '', tag = '', sealed = ''] = SEALED.exec(text) ?? []
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, Buffer.from(iv, 'base64url'))
      decipher.setAuthTag(Buffer.from(tag, 'base64url'))
      const plain = Buffer.concat([decipher.update(Buffer.from(sealed, 'base64url')), decipher.final()])
      const config: JsonObject = JSON.parse(plain.toString('utf8'))
      return config
    } catch (cause) {
      throw new OpsError(
        'config_sealed',
        'The configuration of a plugin cannot be read: it was stored with another key. Start with the same OPS_CENTER_SECRET_KEY, or the same secret-key file in the data folder',
        { cause },
      )
    }
  }
}

async function keptKey(file: string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => undefined)
  if (kept !== undefined) return kept.trim()
  const key = randomBytes(32).toString('base64url')
  await writeFile(file, `${key}\n`, { mode: 0o600, flush: true })
  return key
}

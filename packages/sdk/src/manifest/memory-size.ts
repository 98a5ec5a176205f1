import { OpsError } from '../errors.js'

const UNITS: Readonly<Record<string, number>> = { KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 }

/** What a memory size looks like: `128MB`, `512KB`, `2GB`. */
export const memorySizePattern = /^(\d+)\s?(KB|MB|GB)$/i

/**
 * Bytes of a memory size as `plugin.yaml` writes it.
 *
 * @throws OpsError `memory_size_invalid` for anything but a whole number followed by KB, MB or GB.
 * @example parseMemorySize('128MB') // 134_217_728
 */
export function parseMemorySize(text: string): number {
  const [, amount, unit] = memorySizePattern.exec(text) ?? []
  const factor = UNITS[unit?.toUpperCase() ?? '']
  if (amount === undefined || factor === undefined) {
    throw new OpsError(
      'memory_size_invalid',
      `${JSON.stringify(text)} is not a memory size: expected a whole number with KB, MB or GB, such as "128MB"`,
    )
  }
  return Number(amount) * factor
}

/** More metrics than any device reports in earnest; one that does must not fill the storage. */
const MAX_METRICS = 200
const MAX_DEPTH = 8
const MAX_NAME = 200

/** Far beyond any measurement, and still far from where sums of such numbers overflow. */
const MAX_VALUE = 1e100

/**
 * The numbers of a reading by name, nested groups joined with dots. Texts, flags and lists are left out.
 *
 * @example flattenMetrics({ cpu: 12, disk: { used: 80, path: '/' } }) // Map { 'cpu' => 12, 'disk.used' => 80 }
 */
export function flattenMetrics(metrics: unknown, ignored: readonly string[] = []): Map<string, number> {
  const numbers = new Map<string, number>()
  if (typeof metrics === 'object') collect(metrics, '', 0)
  return numbers

  function collect(value: unknown, name: string, depth: number): void {
    if (ignored.includes(name) || name.length > MAX_NAME || numbers.size >= MAX_METRICS) return
    if (typeof value === 'number') {
      if (Math.abs(value) <= MAX_VALUE && !numbers.has(name)) numbers.set(name, value)
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < MAX_DEPTH) {
      for (const [key, inner] of Object.entries(value)) {
        collect(inner, name === '' ? key : `${name}.${key}`, depth + 1)
      }
    }
  }
}

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const

/** A chart of one line: the latest values as bars, `max` being the tallest. */
export function sparkline(values: readonly (number | undefined)[], width: number, max: number): string {
  const bars = values.slice(Math.max(0, values.length - width)).map((value) => {
    if (value === undefined || !Number.isFinite(value)) return ' '
    const step = Math.floor((value / max) * BARS.length)
    return BARS[Math.min(Math.max(step, 0), BARS.length - 1)] ?? ' '
  })
  return bars.join('').padEnd(width)
}

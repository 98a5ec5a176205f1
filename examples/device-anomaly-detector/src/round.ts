/** Four significant digits, or a whole number: more would claim an accuracy that no reading has. */
export function round(value: number): number {
  return Math.abs(value) < 1_000 ? Number(value.toPrecision(4)) : Math.round(value)
}

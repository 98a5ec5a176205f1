/** Six significant digits: more would claim an accuracy that no reading has. */
export function round(value: number): number {
  return Number(value.toPrecision(6))
}

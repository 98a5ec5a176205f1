import { expect, test } from 'vitest'
import { sparkline } from '../../src/view/sparkline.js'

test('the lowest bar is nothing, the tallest the maximum and beyond', () => {
  expect(sparkline([0, 12, 50, 99, 100, 500, -1], 7, 100)).toBe('▁▁▅███▁')
})

test('only the latest values are shown, and missing ones leave a gap', () => {
  expect(sparkline([100, 100, 0, undefined, 0], 3, 100)).toBe('▁ ▁')
  expect(sparkline([0], 3, 100)).toBe('▁  ')
  expect(sparkline([0], 0, 100)).toHaveLength(0)
})

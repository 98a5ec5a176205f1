import { expect, it } from 'vitest'
import { BatchPace } from '../../src/jobs/batch-pace.js'

it('takes twice as much after each batch, up to its limit, and half after a slow one', () => {
  const pace = new BatchPace(5)
  const sizes = [10, 10, 10, 2_001, 2_001, 2_001].map((milliseconds) => {
    pace.took(milliseconds)
    return pace.size
  })
  expect(sizes).toEqual([2, 4, 5, 2, 1, 1])
})

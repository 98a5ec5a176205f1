import { expect, test, vi } from 'vitest'
import { repeat } from '../src/repeat.js'

test('work is done at once and again, and what fails is told and does not end it', async () => {
  const work = vi.fn(async () => {
    if (work.mock.calls.length === 1) throw new Error('first')
  })
  const onError = vi.fn()
  const repetition = repeat(5, work, onError)
  await vi.waitFor(() => expect(work.mock.calls.length).toBeGreaterThan(3))
  await repetition.stop()
  expect(onError.mock.calls).toEqual([[new Error('first')]])
})

test('stopping waits for the work under way and begins no other', async () => {
  let finish = () => {}
  let isDone = false
  const work = vi.fn(async () => {
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    isDone = true
  })
  const repetition = repeat(1, work, () => {})
  const stopped = repetition.stop().then(() => isDone)
  finish()
  expect(await stopped).toBe(true)
  expect(work).toHaveBeenCalledTimes(1)
})

test('stopping does not wait for the next turn', async () => {
  const repetition = repeat(
    3_600_000,
    async () => {},
    () => {},
  )
  await repetition.stop()
})

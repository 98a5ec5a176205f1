import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createPlainOutput } from '../src/plain-output.js'
import { after, alert, fresh } from './session-states.js'

function recorded(statusEvery: number) {
  const stream = new PassThrough({ encoding: 'utf8' })
  return { output: createPlainOutput(stream, statusEvery), text: () => String(stream.read() ?? '') }
}

test('a step is one line once it is done, with a check mark and its milliseconds', async () => {
  const { output, text } = recorded(10_000)
  const result = await output.step(
    'Doing',
    async () => 7,
    (seven) => `Did ${seven}\u001b[2J`,
  )
  expect(result).toBe(7)
  expect(text()).toMatch(/^✓ Did 7 +\d+ ms\n$/)
})

test('a step that fails is no line, and rejects', async () => {
  const { output, text } = recorded(10_000)
  const failed = output.step(
    'Doing',
    () => Promise.reject(new Error('no')),
    () => 'Did',
  )
  await expect(failed).rejects.toThrow('no')
  expect(text()).toBe('')
})

test('the status is told at once when it is known, and then not with each reading', () => {
  const { output, text } = recorded(10_000)
  output.update(fresh)
  for (let reading = 1; reading < 5; reading++) output.update(after(reading))
  expect(text()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ CPU .* 1 readings sent .*\n$/)
})

test('an alert is a line of its own', () => {
  const { output, text } = recorded(10_000)
  output.alert({ ...alert, message: 'cpu_percent\nreads\u001b[31m 99' })
  expect(text()).toMatch(/Z ALERT critical: Unusual cpu_percent on web-1\. cpu_percent reads 99\n$/)
})

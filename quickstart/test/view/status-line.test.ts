import { expect, test } from 'vitest'
import { statusLine } from '../../src/view/status-line.js'
import { after, fresh } from '../session-states.js'

test('everything is on one line', () => {
  expect(statusLine(after(23))).toBe(
    'CPU 22.0 % | memory 48.1 % | disk 22.0 % | load 0.42 | 23 readings sent | 23 counted by the plugin | ' +
      '23 deliveries | 0 detections | 0 alerts | plugin enabled, learning 23/45',
  )
})

test('trouble is told, without line breaks or control characters', () => {
  const line = statusLine({ ...fresh, failed: 2, trouble: 'no\n\u001b[31manswer' })
  expect(line).toContain('0 readings sent, 2 not | trouble: no answer')
})

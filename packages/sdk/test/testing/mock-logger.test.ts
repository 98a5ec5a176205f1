import { describe, expect, it } from 'vitest'
import { MockLogger } from '../../src/testing/mock-logger.js'

describe('MockLogger', () => {
  it('keeps every line with its level, fields and stack', () => {
    const logger = new MockLogger('guard')
    logger.debug('one')
    logger.child({ device_id: 'pump-7' }).warn('two', { free: 3 })
    logger.error(new Error('three'))
    expect(logger.getLogs()).toMatchObject([
      { level: 'debug', message: 'one', logger: 'ops_center.plugin.guard' },
      { level: 'warning', message: 'two', device_id: 'pump-7', free: 3 },
      { level: 'error', message: 'three', error: { stack: expect.stringContaining('three') } },
    ])
  })

  it('finds lines by level and message, and forgets them', () => {
    const logger = new MockLogger()
    logger.info('Trained pump-7')
    logger.info('Trained pump-8')
    logger.error('Failed pump-7')
    expect(logger.getLogs({ level: 'info' })).toHaveLength(2)
    expect(logger.getLogs({ message: 'pump-7' })).toHaveLength(2)
    expect(logger.getLogs({ level: 'info', message: /8$/ })).toHaveLength(1)
    logger.clear()
    expect(logger.getLogs()).toEqual([])
  })
})

import { expect, it } from 'vitest'
import type { Principal } from '../../src/auth/principal.js'
import { limitRate } from '../../src/http/rate-limit.js'

const authenticate = async (key: string | undefined): Promise<Principal> => ({
  kind: 'key',
  id: key ?? '',
  organization_id: 'default',
  permissions: new Set(),
  label: '',
})

it('refuses what is more than a key may ask, says when to come back, and leaves other keys alone', async () => {
  const limited = limitRate(authenticate, 3)
  for (let index = 0; index < 3; index++) expect((await limited('a')).id).toBe('a')
  await expect(limited('a')).rejects.toMatchObject({
    status: 429,
    headers: { 'retry-after': expect.stringMatching(/^([1-9]|[1-5]\d|60)$/) },
  })
  expect((await limited('b')).id).toBe('b')
})

it('has no limit with 0', async () => {
  const limited = limitRate(authenticate, 0)
  for (let index = 0; index < 1_000; index++) await limited('a')
})

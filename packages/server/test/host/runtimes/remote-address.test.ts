import { parseManifest } from '@ops-center/plugin-sdk/manifest'
import { expect, it } from 'vitest'
import { remoteAddressOf } from '../../../src/host/runtimes/remote-address.js'

const manifest = parseManifest({
  id: 'far',
  name: 'Far',
  version: '1.0.0',
  description: 'Runs somewhere else',
  author: 'DevOps',
  type: 'container',
  runtime: { type: 'remote', url: 'https://far.example' },
})
const given = { url: 'http://10.0.0.1:9000', secret: 'a-secret-that-is-long-enough' }

it('may be a private address only where the operator of the server gives it', () => {
  expect(remoteAddressOf(manifest, given, true)).toEqual({ ...given, is_confirmed: true })
  expect(remoteAddressOf(manifest, given, false)).toEqual({ ...given, is_confirmed: false })
  const { secret } = given
  expect(remoteAddressOf(manifest, { secret }, true)).toMatchObject({
    url: 'https://far.example',
    is_confirmed: false,
  })
})

import { expect, it } from 'vitest'
import { ownLocation } from '../../../src/host/runtimes/own-location.js'

const at = (url: string, location: string | undefined) =>
  ownLocation(location === undefined ? {} : { location }, { url, pluginId: 'far' }).location

it.each([
  ['http://10.0.0.5:9000', 'http://10.0.0.5:9000/plugins/far/a?b=1#c', '/plugins/far/a?b=1#c'],
  ['http://10.0.0.5:9000/', 'http://10.0.0.5:9000/plugins/far', '/plugins/far'],
  ['https://far.example/base', 'https://far.example/base/plugins/far/a', '/plugins/far/a'],
  ['https://far.example/base/', '/base/plugins/far/a', '/plugins/far/a'],
  ['https://far.example/base', '//far.example/base/plugins/far/a', '/plugins/far/a'],
])('a plugin at %s that says %s means %s', (url, location, path) => {
  expect(at(url, location)).toBe(path)
})

it.each([
  'http://10.0.0.5:9000/login',
  'http://10.0.0.5:9000/plugins/far-too/a',
  'http://10.0.0.5/plugins/far/a',
  'https://10.0.0.5:9000/plugins/far/a',
  'http://10.0.0.5:9000/plugins/far/../other',
  '/plugins/far/a',
  'a/b',
  '?page=2',
  'http://[broken',
  undefined,
])('leaves %s as it is', (location) => {
  expect(at('http://10.0.0.5:9000', location)).toBe(location)
})

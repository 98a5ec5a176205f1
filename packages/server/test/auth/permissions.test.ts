import { describe, expect, it } from 'vitest'
import {
  isGranted,
  KEY_PERMISSIONS,
  narrowedToRole,
  normalizePermission,
  ROLE_PERMISSIONS,
} from '../../src/auth/permissions.js'

describe('permissions', () => {
  it.each([
    [['devices:read'], 'devices:read', true],
    [['devices:read'], 'devices:write', false],
    [['devices:write'], 'devices:read', false],
    [['devices:*'], 'devices:write', true],
    [['devices:*'], 'alerts:write', false],
    [['*'], 'keys:write', true],
    [['*:*'], '*', false],
    [['devices:*'], '*', false],
    [[], 'devices:read', false],
  ])('%j grants %s: %s', (granted, permission, expected) => {
    expect(isGranted(new Set(granted), permission)).toBe(expected)
  })

  it('have a short form', () => {
    expect(normalizePermission('api:devices:read')).toBe('devices:read')
    expect(normalizePermission('devices:read')).toBe('devices:read')
  })

  it('of roles are all known', () => {
    for (const permissions of Object.values(ROLE_PERMISSIONS)) {
      expect(KEY_PERMISSIONS).toEqual(expect.arrayContaining([...permissions]))
    }
  })

  it.each([
    [['*'], 'admin', ['*']],
    [['devices:*', 'keys:read'], 'admin', ['devices:*', 'keys:read']],
    [['devices:*', 'keys:read'], 'operator', ['devices:*']],
    [['devices:*', 'users:write'], 'viewer', ['devices:read']],
    [['devices:write'], 'viewer', []],
    [['*'], 'viewer', ROLE_PERMISSIONS.viewer],
    [['*'], 'operator', ROLE_PERMISSIONS.operator],
    [['*'], 'toString', []],
  ])('%j in the hands of %s are what both allow', (scopes, role, expected) => {
    expect(narrowedToRole(scopes, role)).toEqual(expected)
  })
})

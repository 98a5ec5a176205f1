import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { gitUser } from '../../src/init/git-user.js'

describe('gitUser', () => {
  let home: string
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'git-user-'))
  })
  afterEach(() => rm(home, { recursive: true }))

  it.each([
    ['[user]\n\tname = Ada Lovelace\n\temail = ada@example.com\n', 'Ada Lovelace'],
    [
      '[core]\n\teditor = vi\n[user]\n\temail = a@example.com\n\tname = "Ada L."\n[alias]\n\tname = x\n',
      'Ada L.',
    ],
  ])('reads the name from %j', async (settings, name) => {
    await writeFile(join(home, '.gitconfig'), settings)
    expect(await gitUser({ HOME: home })).toBe(name)
  })

  it('does not take the name of another section', async () => {
    await writeFile(join(home, '.gitconfig'), '[user]\n\temail = a@example.com\n[alias]\n\tname = wrong\n')
    expect(await gitUser({ HOME: home })).not.toBe('wrong')
  })

  it('looks into the folder for settings too', async () => {
    await mkdir(join(home, 'settings/git'), { recursive: true })
    await writeFile(join(home, 'settings/git/config'), '[user]\nname=Grace\n')
    expect(await gitUser({ HOME: home, XDG_CONFIG_HOME: join(home, 'settings') })).toBe('Grace')
  })

  it('knows nobody where git has no settings', async () => {
    expect(await gitUser({ HOME: home })).toBeUndefined()
  })
})

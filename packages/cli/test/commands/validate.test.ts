import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createPluginFolder, type PluginChanges, removeFolders } from '../plugin-folder.js'
import { runCli } from '../run-cli.js'

const folders: string[] = []
afterAll(() => removeFolders(folders))

async function folderWith(changes: PluginChanges): Promise<string> {
  const folder = await createPluginFolder(changes)
  folders.push(folder)
  return folder
}

interface Report {
  valid: boolean
  findings: { severity: string; rule: string; file?: string; line?: number; message: string; fix: string }[]
}

async function validate(changes: PluginChanges, ...args: string[]) {
  const cwd = await folderWith(changes)
  const { code, stdout, stderr } = await runCli(['validate', '--json', ...args], { cwd })
  const report: Report = JSON.parse(stdout)
  return { code, report, stderr, errors: report.findings.filter(({ severity }) => severity === 'error') }
}

const yaml = (from: string, to: string): PluginChanges => ({ 'plugin.yaml': [from, to] })
const code = (from: string, to: string): PluginChanges => ({ 'main.ts': [from, to] })
const AWS_KEY = `AKIA${'QYLPMN5HHHFPZAM2'}`

describe('validate', () => {
  it('ends with 1, a report on standard output and no stack trace when something is wrong', async () => {
    const { code, report, stderr } = await validate(edited("throw new Error('no weather')\nplugin.route("))
    expect(code).toBe(1)
    expect(stderr).toBe('')
    expect(report).toMatchObject({
      valid: false,
      findings: [{ rule: 'load', file: 'main.ts', line: 14, message: 'Loading main.ts failed: no weather' }],
    })
    expect(JSON.stringify(report)).not.toContain('node:internal')
  })

  it('is content with a plugin that is in order', async () => {
    const { code, report } = await validate({}, '--strict')
    expect(report.findings).toEqual([])
    expect(code).toBe(0)
  })

  it.each(['type: container\n', 'type: backend\nruntime: { type: remote }\n'])(
    'asks for neither address nor code of a plugin that runs somewhere else: %j',
    async (type) => {
      const changes: PluginChanges = {
        'plugin.yaml': ['type: backend\n', type],
        'main.ts': null,
        'plugin.py': 'print("in another language")\n',
      }
      const { code, report } = await validate(changes, '--strict')
      expect(report.findings).toEqual([])
      expect(code).toBe(0)
    },
  )

  it('refuses links, and does not follow a cycle of them', async () => {
    const cwd = await folderWith({ 'assets/a.txt': 'a' })
    await symlink('..', join(cwd, 'assets/loop'))
    await symlink('/etc/passwd', join(cwd, 'passwd'))
    const { code, stdout } = await runCli(['validate'], { cwd })
    expect(code).toBe(1)
    expect(stdout).toContain('error assets/loop assets/loop is a symbolic link')
    expect(stdout).toContain('error passwd passwd is a symbolic link')
  })

  it('fails on warnings only when asked to', async () => {
    const changes = yaml('type: backend', 'type: backend\npermisions: []')
    const { code, report } = await validate(changes)
    expect(code).toBe(0)
    expect(report.findings).toMatchObject([
      { severity: 'warning', file: 'plugin.yaml', line: 7, fix: 'Did you mean "permissions"?' },
    ])
    expect((await validate(changes, '--strict')).code).toBe(1)
  })

  it('points out a permission that nothing uses', async () => {
    const { report } = await validate({
      'plugin.yaml': ['  - devices:read', '  - devices:read\n  - users:read'],
      'main.ts': ["['devices:read']", "['devices:read', 'users:read']"],
    })
    expect(report.findings).toMatchObject([
      {
        severity: 'warning',
        rule: 'permission-unused',
        line: 10,
        message: expect.stringContaining('users:read'),
      },
    ])
  })

  it('mentions a .env that could be committed, and is silent about one that cannot', async () => {
    const { report } = await validate({ '.env': 'A=1', '.gitignore': null })
    expect(report.findings).toMatchObject([{ severity: 'warning', rule: 'env-file', file: '.env' }])
    expect((await validate({ '.env': 'A=1' })).report.findings).toEqual([])
  })

  it('is not confused by what the plugin prints, and ends what the plugin starts', async () => {
    const noise = 'console.log(\'{"kind":"manifest"}\'); setInterval(() => {}, 1000)\nplugin.route('
    const { code, report } = await validate(edited(noise))
    expect(report.findings).toEqual([])
    expect(code).toBe(0)
  })

  it('never repeats a secret it found', async () => {
    const cwd = await folderWith({ 'notes.md': `key ${AWS_KEY}` })
    const { stdout } = await runCli(['validate'], { cwd })
    expect(stdout).toContain('error notes.md:1:5 notes.md contains an AWS access key')
    expect(stdout).not.toContain(AWS_KEY)
  })

  it('shows the line in question to people', async () => {
    const cwd = await folderWith(yaml('type: backend', 'type: backnd'))
    const { stdout, code } = await runCli(['validate'], { cwd })
    expect(stdout).toBe(
      [
        'error plugin.yaml:6:7 type is "backnd": expected one of backend, frontend, hybrid, container',
        '    6 | type: backnd',
        '      |       ^',
        '  fix Did you mean "backend"?',
        '',
        `not valid ., 1 error`,
        '',
      ].join('\n'),
    )
    expect(code).toBe(1)
  })

  it('says so when the folder does not exist', async () => {
    const { code, stderr } = await runCli(['validate', '--path', 'nowhere'], { cwd: await folderWith({}) })
    expect(code).toBe(1)
    expect(stderr).toMatch(/nowhere is not a folder/)
  })
})

function edited(text: string): PluginChanges {
  return code('plugin.route(', text)
}

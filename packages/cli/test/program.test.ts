import { tmpdir } from 'node:os'
import { describe, expect, it } from 'vitest'
import { createProgram } from '../src/program.js'
import { runCli } from './run-cli.js'

const run = (...args: string[]) => runCli(args, { cwd: tmpdir() })

describe('the command line', () => {
  it('lists every command with its purpose', async () => {
    const { code, stdout } = await run('--help')
    expect(code).toBe(0)
    for (const command of createProgram().commands) expect(stdout).toContain(`  ${command.name()} `)
    expect(stdout.split('\n').every((line) => line.length <= 80)).toBe(true)
  })

  it.each(createProgram().commands.map((command) => command.name()))('explains %s', async (name) => {
    const { code, stdout } = await run(name, '--help')
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^Usage: ops-center-plugin ${name}`))
  })

  it('suggests the command that was probably meant', async () => {
    const { code, stderr } = await run('valdate')
    expect(code).toBe(1)
    expect(stderr).toContain('Did you mean validate?')
  })

  it('suggests the option that was probably meant', async () => {
    const { code, stderr } = await run('validate', '--strcit')
    expect(code).toBe(1)
    expect(stderr).toContain('Did you mean --strict?')
  })

  it('prints its version', async () => {
    expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+/)
  })

  it('shows a stack only when asked to', async () => {
    const args = ['validate', '--path', 'nowhere']
    expect((await run(...args)).stderr).not.toContain('    at ')
    expect((await run(...args, '--debug')).stderr).toContain('    at ')
  })
})

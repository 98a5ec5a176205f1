import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { completionScript } from '../../src/completion/completion-script.js'
import { readCompletionWords } from '../../src/completion/completion-words.js'
import { createProgram } from '../../src/program.js'

const words = readCompletionWords(createProgram())
const scriptFor = (shell: 'bash' | 'zsh' | 'fish') => completionScript(shell, 'ops-center-plugin', words)

/** What bash offers when Tab is pressed after these words. */
async function completed(...typed: string[]): Promise<string[]> {
  const script = `${scriptFor('bash')}
COMP_WORDS=(ops-center-plugin ${typed.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${typed.length}
_ops_center_plugin
printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await promisify(execFile)('bash', ['-c', script])
  return stdout.split('\n').filter((line) => line !== '')
}

describe('completion', () => {
  it('offers commands, then options, in bash', async () => {
    expect(await completed('val')).toEqual(['validate'])
    expect(await completed('in')).toEqual(['init', 'install'])
    expect(await completed('validate', '--st')).toEqual(['--strict'])
    expect(await completed('install', '--e')).toEqual(['--enable'])
    expect(await completed('config', '')).toEqual(expect.arrayContaining(['get', 'set']))
    expect(await completed('config', 'get', '--j')).toEqual(['--json'])
  })

  it.each(['zsh', 'fish'] as const)('names every command and option in %s', (shell) => {
    const script = scriptFor(shell)
    for (const { name, options } of words) {
      expect(script).toContain(name.split(' ').at(-1))
      for (const { flag } of options)
        expect(script).toContain(shell === 'fish' ? `-l ${flag.slice(2)}` : flag)
    }
  })
})

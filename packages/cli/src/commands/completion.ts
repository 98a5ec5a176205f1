import type { Command } from 'commander'
import { completionScript } from '../completion/completion-script.js'
import { readCompletionWords } from '../completion/completion-words.js'
import { print } from '../terminal/print.js'

/** `completion <shell>`: prints a script for a shell. */
export function completion(shell: 'bash' | 'zsh' | 'fish', program: Command): void {
  print(completionScript(shell, program.name(), readCompletionWords(program)))
}

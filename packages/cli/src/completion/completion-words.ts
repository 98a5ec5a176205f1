import type { Command } from 'commander'

/** A command with what may follow it. */
export interface CompletionCommand {
  /** `validate`, or `config get` for a command below another. */
  readonly name: string
  readonly description: string
  readonly options: readonly { readonly flag: string; readonly description: string }[]
}

/** Everything a shell can complete, read off the command line's own description. */
export function readCompletionWords(program: Command, above = ''): CompletionCommand[] {
  return program.commands.flatMap((command) => {
    const name = `${above}${command.name()}`
    const options = command.options
      .filter(({ long, hidden }) => long !== undefined && long !== null && !hidden)
      .map(({ long, description }) => ({ flag: long ?? '', description }))
    const help = { flag: '--help', description: 'Show how it is used' }
    return [
      { name, description: command.description(), options: [...options, help] },
      ...readCompletionWords(command, `${name} `),
    ]
  })
}

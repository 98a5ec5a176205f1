import type { CompletionCommand } from './completion-words.js'

/** A script for one of the shells; it needs no further call of the command line, so completing is instant. */
export function completionScript(
  shell: 'bash' | 'zsh' | 'fish',
  program: string,
  commands: readonly CompletionCommand[],
): string {
  switch (shell) {
    case 'bash':
      return bash(program, commands)
    case 'zsh':
      return zsh(program, commands)
    case 'fish':
      return fish(program, commands)
  }
}

const top = (commands: readonly CompletionCommand[]) => commands.filter(({ name }) => !name.includes(' '))
const below = (commands: readonly CompletionCommand[], name: string) =>
  commands
    .filter((command) => command.name.startsWith(`${name} `))
    .map((command) => command.name.split(' ')[1] ?? '')

/** Quotes for every shell: these texts have no control characters. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

function bash(program: string, commands: readonly CompletionCommand[]): string {
  const cases = commands
    .toSorted((a, b) => b.name.length - a.name.length)
    .map(({ name, options }) => {
      const words = [...below(commands, name), ...options.map(({ flag }) => flag)].join(' ')
      return `    ${quoted(name)}|${quoted(`${name} `)}*) words=${quoted(words)} ;;`
    })
  return `_ops_center_plugin() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=${quoted(
    top(commands)
      .map(({ name }) => name)
      .join(' '),
  )}
  if [ "$COMP_CWORD" -gt 1 ]; then
    case "\${COMP_WORDS[*]:1:COMP_CWORD-1}" in
${cases.join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _ops_center_plugin ${program}`
}

function zsh(program: string, commands: readonly CompletionCommand[]): string {
  const described = (items: readonly { name: string; description: string }[]) =>
    items.map(({ name, description }) => quoted(`${name.replaceAll(':', '\\:')}:${description}`)).join(' ')
  const cases = commands
    .toSorted((a, b) => b.name.length - a.name.length)
    .map(({ name, options }) => {
      const flags = options.map(({ flag, description }) => ({ name: flag, description }))
      const verbs = below(commands, name).map((verb) => ({ name: verb, description: `${name} ${verb}` }))
      return `    ${quoted(name)}|${quoted(`${name} `)}*) items=(${described([...verbs, ...flags])}) ;;`
    })
  return `#compdef ${program}
_ops_center_plugin() {
  local -a items
  items=(${described(top(commands))})
  if (( CURRENT > 2 )); then
    case "\${words[2,CURRENT-1]}" in
${cases.join('\n')}
    esac
  fi
  _describe ${quoted(program)} items || _files
}
if [ "$funcstack[1]" = "_ops_center_plugin" ]; then _ops_center_plugin "$@"; else compdef _ops_center_plugin ${program}; fi`
}

function fish(program: string, commands: readonly CompletionCommand[]): string {
  const lines = commands.flatMap(({ name, description, options }) => {
    const [first = '', second] = name.split(' ')
    const when =
      second === undefined
        ? `__fish_seen_subcommand_from ${first}`
        : `__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`
    const place = second === undefined ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${first}`
    return [
      `complete -c ${program} -n ${quoted(place)} -a ${second ?? first} -d ${quoted(description)}`,
      ...options.map(
        ({ flag, description: text }) =>
          `complete -c ${program} -n ${quoted(when)} -l ${flag.slice(2)} -d ${quoted(text)}`,
      ),
    ]
  })
  return lines.join('\n')
}

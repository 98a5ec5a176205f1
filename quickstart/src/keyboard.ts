import { emitKeypressEvents } from 'node:readline'
import type { ReadStream } from 'node:tty'

interface Key {
  readonly name?: string | undefined
  readonly ctrl?: boolean | undefined
}

/**
 * Listens to single keys of a terminal.
 *
 * @param onKey Told the name of each key; `ctrl-c` for Ctrl-C, which is no signal while this listens.
 * @returns Gives the terminal back.
 */
export function listenForKeys(terminal: ReadStream, onKey: (name: string) => void): () => void {
  const onKeypress = (_text: string | undefined, { name, ctrl }: Key) => {
    if (name !== undefined) onKey(ctrl ? `ctrl-${name}` : name)
  }
  emitKeypressEvents(terminal)
  terminal.setRawMode(true)
  terminal.on('keypress', onKeypress)
  terminal.resume()
  return () => {
    terminal.off('keypress', onKeypress)
    terminal.setRawMode(false)
    terminal.pause()
  }
}

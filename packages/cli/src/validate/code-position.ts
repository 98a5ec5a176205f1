/** A place in one of the author's own files. */
export interface CodePosition {
  readonly file: string
  readonly line: number
  readonly column: number
}

const FRAME = /(?:\(|at )(?:file:\/\/)?([^():\s][^():]*?):(\d+):(\d+)\)?$/

/** The first place in a stack trace that belongs to the author, not to a dependency or to Node. */
export function positionInStack(stack: string, ownFiles: readonly string[]): CodePosition | undefined {
  for (const line of stack.split('\n')) {
    const [, file = '', row, column] = FRAME.exec(line.trim()) ?? []
    if (ownFiles.includes(file)) return { file, line: Number(row), column: Number(column) }
  }
  return undefined
}

/** Line and column, counted from 1, of an offset in a text. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: offset - lineStart + 1 }
}

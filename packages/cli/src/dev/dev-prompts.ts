import type { Readable, Writable } from 'node:stream'

/** Questions on the terminal; undefined is the answer of somebody who changed their mind. */
export interface DevPrompts {
  choose(message: string, names: readonly string[]): Promise<string | undefined>
  write(message: string, initialValue?: string): Promise<string | undefined>
}

interface PromptStreams {
  readonly input?: Readable
  readonly output?: Writable
}

/** @param withNotice What stands behind a question; asked each time it is drawn. */
export function createPrompts(
  withNotice: (message: string) => string,
  streams: PromptStreams = {},
): DevPrompts {
  return {
    async choose(message, names) {
      const { isCancel, select } = await import('@clack/prompts')
      const answer = await select({
        ...streams,
        get message() {
          return withNotice(message)
        },
        options: names.map((value) => ({ value, label: value })),
        maxItems: 12,
      })
      return isCancel(answer) ? undefined : answer
    },
    async write(message, initialValue = '') {
      const { isCancel, text } = await import('@clack/prompts')
      const answer = await text({
        ...streams,
        get message() {
          return withNotice(message)
        },
        initialValue,
      })
      return isCancel(answer) ? undefined : (answer ?? '')
    },
  }
}

import pc from 'picocolors'

/** Functions that colour a text, or leave it as it is. */
export type Colors = ReturnType<typeof pc.createColors>

/** Colours of the terminal, unless `NO_COLOR` is set. */
export function terminalColors(env: Readonly<Record<string, string | undefined>>): Colors {
  return pc.createColors(pc.isColorSupported && !env.NO_COLOR)
}

import pc from 'picocolors'

const { env } = process

/** Colours are for a terminal; `NO_COLOR` switches them off there, `FORCE_COLOR` on elsewhere. */
function wantsColor(output: { isTTY?: boolean | undefined }): boolean {
  if (env.NO_COLOR) return false
  if (env.FORCE_COLOR) return env.FORCE_COLOR !== '0'
  return output.isTTY === true && env.TERM !== 'dumb'
}

/** For what goes to standard output. */
export const colors = pc.createColors(wantsColor(process.stdout))

/** For what goes to standard error. */
export const noteColors = pc.createColors(wantsColor(process.stderr))

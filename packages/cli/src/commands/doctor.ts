import { SilentFailure } from '../cli-error.js'
import { checkMachine } from '../doctor/check-machine.js'
import { checkPlatform } from '../doctor/check-platform.js'
import type { Diagnosis } from '../doctor/diagnosis.js'
import type { PlatformOptions } from '../platform/platform-options.js'
import { resolvePlatform } from '../platform/resolve-platform.js'
import { colors } from '../terminal/colors.js'
import { print, printJson, withoutControls } from '../terminal/print.js'

export interface DoctorOptions extends PlatformOptions {
  readonly json?: boolean
}

/** `doctor`: looks at everything publishing needs and says what to do; fails when something is broken. */
export async function doctor({ json = false, ...options }: DoctorOptions): Promise<void> {
  const found = [...(await checkMachine('.')), ...(await checkPlatform(resolvePlatform(options)))]
  const isWell = found.every(({ status }) => status !== 'error')
  if (json) printJson({ healthy: isWell, checks: found })
  else for (const diagnosis of found) printDiagnosis(diagnosis)
  if (!isWell) throw new SilentFailure()
}

const PAINT = { ok: colors.green, warning: colors.yellow, error: colors.red }

function printDiagnosis({ check, status, message, fix }: Diagnosis): void {
  print(`${PAINT[status](status.padEnd(7))}  ${check.padEnd(10)}  ${withoutControls(message)}`)
  if (fix !== undefined && fix !== '') print(`         ${colors.cyan('fix')} ${withoutControls(fix)}`)
}

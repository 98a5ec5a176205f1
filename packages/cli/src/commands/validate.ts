import { relative, resolve } from 'node:path'
import { SilentFailure } from '../cli-error.js'
import { fixManifest } from '../fix/fix-manifest.js'
import { colors } from '../terminal/colors.js'
import { print, printJson, withoutControls } from '../terminal/print.js'
import { wrapText } from '../terminal/wrap-text.js'
import { printFindings, summarize } from '../validate/print-findings.js'
import { isAcceptable, validatePlugin } from '../validate/validate-plugin.js'

export interface ValidateOptions {
  readonly path: string
  readonly json?: boolean
  readonly strict?: boolean
  readonly fix?: boolean
}

/** `validate`: prints every finding; fails on errors, with `--strict` on warnings too. */
export async function validate(options: ValidateOptions): Promise<void> {
  const { path, json = false, strict = false, fix = false } = options
  const { changes: fixed, left } = fix ? await fixManifest(resolve(path)) : { changes: [], left: [] }
  if (!json) {
    const say = (word: string, what: string) =>
      print(wrapText(`${word} ${withoutControls(what)}`, process.stdout.columns, '  '))
    for (const change of fixed) say(`${colors.green('fixed')} plugin.yaml`, change)
    for (const what of left) say(`${colors.red('cannot fix')} plugin.yaml:`, what)
    if (left.length > 0) print('Nothing was changed: correct this by hand, then run it again\n')
  }
  const { folder, loaded, findings } = await validatePlugin(path)
  const valid = isAcceptable(findings, strict)
  if (json) {
    const { id, version } = loaded?.manifest ?? {}
    printJson({
      valid,
      id: id ?? null,
      version: version ?? null,
      findings,
      ...(fix ? { fixed, not_fixed: left } : {}),
    })
  } else {
    printFindings(findings, folder)
    const counted = summarize(findings)
    const name =
      loaded === undefined ? relative('.', folder) || '.' : `${loaded.manifest.id} ${loaded.manifest.version}`
    if (valid) print(`${colors.green('valid')} ${name}${counted === '' ? '' : `, ${counted}`}`)
    else print(`${colors.red('not valid')} ${name}, ${counted}`)
  }
  if (!valid) throw new SilentFailure()
}

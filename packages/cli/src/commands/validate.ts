import { relative } from 'node:path'
import pc from 'picocolors'
import { SilentFailure } from '../cli-error.js'
import { print, printJson } from '../terminal/print.js'
import { printFindings, summarize } from '../validate/print-findings.js'
import { isAcceptable, validatePlugin } from '../validate/validate-plugin.js'

export interface ValidateOptions {
  readonly path: string
  readonly json?: boolean
  readonly strict?: boolean
}

/** `validate`: prints every finding; fails on errors, with `--strict` on warnings too. */
export async function validate({ path, json = false, strict = false }: ValidateOptions): Promise<void> {
  const { folder, loaded, findings } = await validatePlugin(path)
  const valid = isAcceptable(findings, strict)
  if (json) {
    const { id, version } = loaded?.manifest ?? {}
    printJson({ valid, id: id ?? null, version: version ?? null, findings })
  } else {
    printFindings(findings, folder)
    const counted = summarize(findings)
    const name =
      loaded === undefined ? relative('.', folder) || '.' : `${loaded.manifest.id} ${loaded.manifest.version}`
    if (valid) print(`${pc.green('valid')} ${name}${counted === '' ? '' : `, ${counted}`}`)
    else print(`${pc.red('not valid')} ${name}, ${counted}`)
  }
  if (!valid) throw new SilentFailure()
}

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A section `[user]` up to the next one, and the name in it. */
const USER_NAME = /^\[user\][^[]*?^[ \t]*name[ \t]*=[ \t]*"?([^"\\\n#;]+?)"?[ \t\r]*$/im

/**
 * The name that git would write into a commit, `undefined` where there is none. Git itself is asked only when its
 * settings are more than a plain name: starting it takes as long as all the rest of `init`.
 */
export async function gitUser(env: Readonly<Record<string, string | undefined>> = process.env) {
  const home = env.HOME ?? homedir()
  const files = [join(home, '.gitconfig'), join(env.XDG_CONFIG_HOME ?? join(home, '.config'), 'git/config')]
  const settings = files.flatMap((file) => readIfThere(file))
  if (settings.length === 0) return undefined
  if (settings.length === 1 && !settings.some((text) => /^\s*\[include/im.test(text))) {
    const [, name] = USER_NAME.exec(settings[0] ?? '') ?? []
    if (name !== undefined) return name
  }
  return askGit()
}

function readIfThere(file: string): string[] {
  try {
    return [readFileSync(file, 'utf8')]
  } catch {
    return []
  }
}

async function askGit(): Promise<string | undefined> {
  try {
    const { execFile } = await import('node:child_process')
    const { stdout } = await promisify(execFile)('git', ['config', 'user.name'], { timeout: 2_000 })
    return stdout.trim() === '' ? undefined : stdout.trim()
  } catch {
    return undefined
  }
}

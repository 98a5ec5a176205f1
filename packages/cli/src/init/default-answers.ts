import { userInfo } from 'node:os'
import { gitUser } from './git-user.js'
import { type GivenAnswers, nameFromId } from './plugin-answers.js'

/** What `init` takes where nothing was given. */
export async function defaultAnswers(id: string, given: Partial<GivenAnswers>): Promise<GivenAnswers> {
  const name = given.name ?? nameFromId(id)
  return {
    id,
    name,
    description: `${name} for Ops-Center`,
    author: given.author ?? (await gitUser()) ?? userInfo().username,
    type: 'backend',
    category: 'monitoring',
    version: '1.0.0',
    license: 'Apache-2.0',
  }
}

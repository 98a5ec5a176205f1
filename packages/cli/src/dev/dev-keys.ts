import { emitKeypressEvents } from 'node:readline'
import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { colors } from '../terminal/colors.js'
import type { DevActions } from './dev-actions.js'
import { createPrompts, type DevPrompts } from './dev-prompts.js'
import { happened, type LiveOutput } from './live-output.js'

/** Asks what a key needs to know, does it, and says what was done; undefined when somebody changed their mind. */
type Question = (prompts: DevPrompts, actions: DevActions, manifest: Manifest) => Promise<string | undefined>

export interface DevKeysOptions {
  readonly output: LiveOutput
  readonly actions: DevActions
  /** The plugin that runs now, if one does. */
  readonly current: () => Manifest | undefined
  readonly list: () => void
  readonly quit: () => void
}

export const KEY_HELP = 'e event  r route  t task  l list  q quit'

/** Listens to single keys on a terminal; returns what stops listening. */
export function listenToKeys({ output, actions, current, list, quit }: DevKeysOptions): () => void {
  const { stdin } = process
  let isAsking = false
  const ask = async (question: Question) => {
    const manifest = current()
    if (manifest === undefined) {
      output.line(happened('note', 'No version of the plugin runs yet', colors.yellow))
      return
    }
    isAsking = true
    try {
      const done = await output.during((withNotice) => question(createPrompts(withNotice), actions, manifest))
      if (done !== undefined) output.line(happened('you', done, colors.magenta))
    } catch (error) {
      output.line(happened('error', error instanceof Error ? error.message : String(error), colors.red))
    } finally {
      isAsking = false
      // A prompt leaves the terminal as it found it before us.
      stdin.setRawMode(true).resume()
    }
  }
  const onKey = (text: string | undefined, key: { name?: string; ctrl?: boolean }) => {
    if (isAsking) return
    if ((key.ctrl && (key.name === 'c' || key.name === 'd')) || text === 'q') quit()
    else if (text === 'l') list()
    else if (text === 'e') void ask(askEvent)
    else if (text === 'r') void ask(askRoute)
    else if (text === 't') void ask(askTask)
  }
  emitKeypressEvents(stdin)
  stdin.setRawMode(true).resume().on('keypress', onKey)
  return () => {
    stdin.off('keypress', onKey)
    stdin.setRawMode(false).pause()
  }
}

async function askEvent({ choose, write }: DevPrompts, actions: DevActions, manifest: Manifest) {
  const event = await choose('Send which event?', actions.eventNames(manifest))
  if (event === undefined) return undefined
  const payload = await write('Payload', JSON.stringify(actions.samplePayload(event)))
  if (payload === undefined) return undefined
  await actions.sendEvent(event, JSON.parse(payload))
  return `sent ${event}`
}

async function askRoute({ choose, write }: DevPrompts, actions: DevActions, { id, routes }: Manifest) {
  const names = routes.flatMap(({ path, methods }) => methods.map((method) => `${method} ${path}`))
  if (names.length === 0) return 'the plugin has no routes'
  const chosen = await choose('Call which route?', names)
  if (chosen === undefined) return undefined
  const [method = 'GET', route = '/'] = chosen.split(' ')
  const path = /[:{]/.test(route) ? await write('Path', route) : route
  if (path === undefined) return undefined
  const body = method === 'GET' || method === 'DELETE' ? '' : await write('JSON body', '{}')
  return body === undefined ? undefined : actions.callRoute(id, method, path, body)
}

async function askTask({ choose }: DevPrompts, actions: DevActions, { id, tasks }: Manifest) {
  if (tasks.length === 0) return 'the plugin has no tasks'
  const name = await choose(
    'Run which task?',
    tasks.map((task) => task.name),
  )
  if (name === undefined) return undefined
  await actions.runTask(id, name)
  return `asked for the task ${name}`
}

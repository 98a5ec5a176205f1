import { eventCatalogue } from '@ops-center/plugin-sdk'
import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { eventPayload } from '@ops-center/plugin-sdk/testing'
import { asFields } from '../platform/answer.js'
import type { PlatformClient } from '../platform/platform-client.js'
import { RUN_TASK_ROUTE } from './dev-bundler.js'

/** What the keys of `dev` do, each through the platform's public API. */
export interface DevActions {
  /** Names of the catalogue, those the plugin listens to first. */
  eventNames(manifest: Manifest): string[]
  samplePayload(event: string): object
  sendEvent(event: string, payload: unknown): Promise<void>
  callRoute(id: string, method: string, path: string, body: string): Promise<string>
  runTask(id: string, name: string): Promise<void>
}

/** Longer answers are cut on the screen. */
const SHOWN_CHARACTERS = 2_000

export function createDevActions(client: PlatformClient, key: string): DevActions {
  const authorization = `Bearer ${key}`
  return {
    eventNames: ({ hooks }) => {
      const names = Object.keys(eventCatalogue)
      const listens = (name: string) => hooks.some(({ event }) => matches(event, name))
      const own = hooks
        .map(({ event }) => event)
        .filter((event) => !event.includes('*') && !names.includes(event))
      return [...own, ...names.filter(listens), ...names.filter((name) => !listens(name))]
    },
    samplePayload: (event) => eventPayload(event),
    sendEvent: async (event, payload) => {
      await client.request('POST', '/events', { json: { event, payload } })
    },
    callRoute: async (id, method, path, body) => {
      const hasBody = body.trim() !== '' && method !== 'GET' && method !== 'HEAD'
      const response = await fetch(`${client.url}/plugins/${id}${path}`, {
        method,
        headers: { authorization, ...(hasBody ? { 'content-type': 'application/json' } : {}) },
        ...(hasBody ? { body } : {}),
      })
      const text = await response.text()
      const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
      return `${method} ${path} ${response.status} ${shown}`.trimEnd()
    },
    runTask: async (id, name) => {
      const response = await fetch(
        `${client.url}/plugins/${id}${RUN_TASK_ROUTE}/${encodeURIComponent(name)}`,
        {
          method: 'POST',
          headers: { authorization },
        },
      )
      if (response.ok) return
      const problem = asFields(await response.json().catch(() => undefined))
      throw new Error(String(problem.detail ?? `The platform answered with status ${response.status}`))
    },
  }
}

function matches(pattern: string, event: string): boolean {
  if (pattern === '*' || pattern === event) return true
  return pattern.endsWith('.*') && event.startsWith(pattern.slice(0, -1))
}

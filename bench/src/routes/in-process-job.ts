import type { Job } from '../harness/comparison.js'
import type { Contender } from '../harness/contender.js'
import { createHonoApp } from './hono-app.js'
import { PREFIX, type RouteCase } from './route-work.js'
import { createSdkApp } from './sdk-app.js'

interface FetchApp {
  fetch(request: Request): Response | Promise<Response>
}

/** One kind of request, given to the apps directly: no sockets, nothing but what the apps themselves cost. */
export function inProcessJob(routeCase: RouteCase): Job {
  return {
    title: `In process: ${routeCase.title}`,
    contenders: [
      { ...contender('SDK createApp', createSdkApp(), routeCase), isOurs: true },
      contender('hono', createHonoApp(PREFIX), routeCase),
    ],
    aims: [{ ours: 'SDK createApp', theirs: 'hono', atLeast: 0.9 }],
  }
}

function contender(name: string, app: FetchApp, { method, path, body }: RouteCase): Contender {
  const url = `http://localhost${PREFIX}${path}`
  const init =
    body === undefined ? { method } : { method, body, headers: { 'content-type': 'application/json' } }
  return {
    name,
    run: async () => {
      const response = await app.fetch(new Request(url, init))
      const text = await response.text()
      if (response.status !== 200) throw new Error(`${name} answered ${response.status}: ${text}`)
    },
  }
}

import type { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { HttpError } from '../http-error.js'
import { identifyCaller } from './identify-caller.js'
import { problemResponse } from './problem-response.js'
import { readBody, readQuery, validateInput } from './read-input.js'
import { RouteCall } from './route-call.js'
import type { AnyRouteHandler, RegisteredRoute, RouteOptions } from './route-definition.js'
import { routeResponse } from './route-response.js'

const BODY_METHODS = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

export interface RouterOptions {
  isActive: () => boolean
  /** What the host signs identities with; undefined without a host. */
  secret: string | undefined
  onError: (error: unknown, route: RegisteredRoute) => void
}

/** Puts a plugin's routes on a Hono app, below `prefix`. */
export function mountRoutes(
  app: Hono,
  prefix: string,
  routes: readonly RegisteredRoute[],
  { isActive, secret, onError }: RouterOptions,
): void {
  for (const route of routes) {
    // The root answers with and without its slash.
    const paths = route.path === '/' ? [prefix, `${prefix}/`] : [`${prefix}${route.path}`]
    app.on([...route.methods], paths, async (c) => {
      if (!isActive()) {
        return problemResponse(503, 'The plugin is disabled', { headers: { 'retry-after': '30' } })
      }
      try {
        return routeResponse(await callRoute(route, c.req.raw, c.req.param(), secret, c.env))
      } catch (error) {
        if (error instanceof Response) return error
        if (error instanceof HttpError) return problemResponse(error.status, error.message, error)
        if (error instanceof HTTPException) return problemResponse(error.status, error.message)
        onError(error, route)
        return problemResponse(500, 'The plugin failed to answer; its log has the details')
      }
    })
  }
}

async function callRoute(
  route: RegisteredRoute,
  request: Request,
  pathParams: Record<string, string>,
  secret: string | undefined,
  env: unknown,
): Promise<unknown> {
  const { params, query, body, auth } = route.options
  // Before anything is read: what a stranger sends is not worth looking at.
  const caller = identifyCaller(request, auth, secret)
  const handler: AnyRouteHandler = route.run
  const rawQuery = readQuery(request.url)
  const input = {
    params: params ? await validateInput('params', params, pathParams) : pathParams,
    query: query ? await validateInput('query', query, rawQuery) : rawQuery,
    body: await parsedBody(body, request),
  }
  const call = new RouteCall(request, input, caller)
  return route.upgrade ? route.upgrade(call, env) : handler(call as never)
}

async function parsedBody(schema: RouteOptions['body'], request: Request): Promise<unknown> {
  if (!schema && !BODY_METHODS.has(request.method)) return undefined
  const body = await readBody(request, schema !== undefined)
  return schema ? await validateInput('body', schema, body) : body
}

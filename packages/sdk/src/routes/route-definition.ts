import type { StandardSchemaV1 } from '@standard-schema/spec'
import { OpsError } from '../errors.js'
import { handlerName, uniqueName } from '../handler-name.js'
import type { Caller } from './caller.js'
import type { RouteCall } from './route-call.js'

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const
export type HttpMethod = (typeof HTTP_METHODS)[number]

type Segment<Text extends string> = Text extends `${infer Head}/${infer Rest}` ? Head | Segment<Rest> : Text
type ParamOf<Text extends string> = Text extends `:${infer Name}`
  ? Name
  : Text extends `{${infer Name}}`
    ? Name
    : never

/** The path parameters of `/devices/:id/models/:model` (or `{id}`), each a string. */
export type PathParams<Path extends string> = { [Name in ParamOf<Segment<Path>>]: string }

/** What a schema makes of its input. */
export type Output<Schema, Otherwise> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Schema>
  : Otherwise

export interface RouteOptions<
  Params extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined,
  Query extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined,
  Body extends StandardSchemaV1 | undefined = StandardSchemaV1 | undefined,
> {
  /** Default `['GET']`. */
  methods?: readonly HttpMethod[]
  params?: Params
  query?: Query
  body?: Body
  /** `required` (default): the platform asks for a key; `none`: open to everybody. */
  auth?: 'required' | 'none'
  /** Default: the function's name, else one derived from method and path (`POST /predict` -> `postPredict`). */
  name?: string
  summary?: string
  description?: string
}

/** What a route handler gets. */
export interface RouteContext<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** The request as it came; its body is still unread unless it was JSON. */
  readonly request: Request
  /** Aborts when the caller goes away. */
  readonly signal: AbortSignal
  /** Who calls; undefined without a key (`auth: 'none'`), and without a host unless a test says so. */
  readonly caller: Caller | undefined
}

/** An object becomes JSON, a text plain text, `undefined` 204; a `Response` is sent as it is. */
export type RouteHandler<Params, Query, Body> = (context: RouteContext<Params, Query, Body>) => unknown

export type HandlerOf<
  Path extends string,
  Params extends StandardSchemaV1 | undefined,
  Query extends StandardSchemaV1 | undefined,
  Body extends StandardSchemaV1 | undefined,
> = RouteHandler<
  Output<Params, PathParams<Path>>,
  Output<Query, Record<string, string | string[]>>,
  Output<Body, unknown>
>

export type AnyRouteHandler = (context: RouteContext<never, never, never>) => unknown

export interface RegisteredRoute {
  /** As Hono reads it: `/devices/:id`. */
  readonly path: string
  readonly methods: readonly HttpMethod[]
  readonly handler: string
  readonly options: RouteOptions
  readonly run: AnyRouteHandler
  /** Answers instead of `run` with what whoever serves the app passed along: only of a WebSocket. */
  readonly upgrade?: Upgrade
}

export type Upgrade = (call: RouteCall, env: unknown) => Response

/** The routes of one plugin; `version` grows with every change, so that an app knows when to look again. */
export class RouteRegistry {
  #routes: readonly RegisteredRoute[] = []
  version = 0

  get all(): readonly RegisteredRoute[] {
    return this.#routes
  }

  register(path: string, options: RouteOptions, run: AnyRouteHandler): () => void {
    return this.#add(path, options, run)
  }

  registerSocket(path: string, options: RouteOptions, upgrade: Upgrade): () => void {
    const { params, query, auth, name = handlerName(undefined, () => {}, `socket ${path}`) } = options
    const { summary, description } = options
    const known = { params, query, auth, summary, description }
    const given = Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined))
    return this.#add(path, { ...given, name, methods: ['GET'] }, () => undefined, upgrade)
  }

  #add(path: string, options: RouteOptions, run: AnyRouteHandler, upgrade?: Upgrade): () => void {
    const methods = parseMethods(path, options.methods ?? ['GET'])
    const normalised = parsePath(path)
    for (const method of methods) {
      if (this.#routes.some((route) => route.path === normalised && route.methods.includes(method))) {
        throw new OpsError(
          'route_duplicate',
          `The route ${method} ${path} is registered twice: remove one of them`,
        )
      }
    }
    const handler = uniqueName(handlerName(options.name, run, `${methods[0]} ${path}`), (name) =>
      this.#routes.some((route) => route.handler === name),
    )
    const route: RegisteredRoute = {
      path: normalised,
      methods,
      handler,
      options,
      run,
      ...(upgrade ? { upgrade } : {}),
    }
    this.#routes = [...this.#routes, route]
    this.version += 1
    return () => {
      this.#routes = this.#routes.filter((other) => other !== route)
      this.version += 1
    }
  }
}

/** Paths the SDK answers itself. */
const RESERVED = new Set(['/openapi.json', '/docs'])

function parsePath(path: string): string {
  const wrong = (expected: string) =>
    new OpsError('route_path_invalid', `The route path ${JSON.stringify(path)} is not valid: ${expected}`)
  if (typeof path !== 'string' || !path.startsWith('/')) throw wrong('it must begin with "/"')
  if (/[?#\s\\]/.test(path)) throw wrong('it must not contain "?", "#", "\\" or white space')
  if (path.split('/').some((segment) => segment === '.' || segment === '..'))
    throw wrong('it must not contain dots as segments')
  const normalised = path.replaceAll(/\{([A-Za-z_]\w*)\}/g, ':$1')
  if (RESERVED.has(normalised)) throw wrong('every plugin serves this one itself; choose another')
  return normalised
}

function parseMethods(path: string, methods: readonly string[]): HttpMethod[] {
  if (methods.length === 0) {
    throw new OpsError('route_method_invalid', `The route ${path} has no methods: expected at least one`)
  }
  return methods.map((given) => {
    const method = HTTP_METHODS.find((known) => known === String(given).toUpperCase())
    if (method) return method
    throw new OpsError(
      'route_method_invalid',
      `The route ${path} has the method ${JSON.stringify(given)}: expected one of ${HTTP_METHODS.join(', ')}`,
    )
  })
}

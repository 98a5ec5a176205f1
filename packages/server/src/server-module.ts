import type { HttpAppOptions } from './http/create-http-app.js'
import type { NodeHandler } from './http/node-handler.js'

/** Where a server answers, once it does. */
export interface Reach {
  url: string
  fetch: (request: Request) => Response | Promise<Response>
}

/** What one room adds to the server. */
export interface ServerModule {
  readonly name: string
  /** Routes below `/api/v1` and at the root, and what runs before them. */
  readonly http?: Pick<HttpAppOptions, 'apiMiddleware' | 'unlimitedPaths' | 'ready'> & {
    api?: HttpAppOptions['api']
    root?: HttpAppOptions['root']
    /** Answer requests from the network by themselves, before the app is asked. */
    direct?: readonly NodeHandler[]
  }
  /** Modules start in order, before the port is opened, and stop in reverse order, after it is closed. */
  start?(): Promise<void>
  stop?(): Promise<void>
  /** What needs the server to be reachable begins here, once it is, and ends before it no longer is. */
  open?(reach: Reach): Promise<void>
  close?(): Promise<void>
}

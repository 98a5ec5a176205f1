import type { AppEnv } from '../http/app-env.js'

/** What a change needs to know about the request that asks for it. */
export type RequestScope = Pick<AppEnv['Variables'], 'principal' | 'causedBy' | 'repeatGuard'>

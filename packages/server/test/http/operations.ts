import { isJsonObject } from '../../src/http/json-object.js'

/** One method of one path, as the description of the API has it. */
export interface Operation {
  /** `GET /devices/{id}` */
  name: string
  method: string
  /** With `/api/v1` in front. */
  path: string
  permission: string
  /** Documented ones. */
  statuses: string[]
}

/** Every operation of an OpenAPI document; throws on one that says nothing of its permission. */
export function listOperations(document: unknown): Operation[] {
  const paths = isJsonObject(document) && isJsonObject(document.paths) ? document.paths : {}
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(isJsonObject(item) ? item : {}).map(([verb, operation]) => {
      const method = verb.toUpperCase()
      const name = `${method} ${path.replace('/api/v1', '')}`
      const { description, responses } = isJsonObject(operation) ? operation : {}
      const permission = /permission `([^`]+)`/.exec(String(description))?.[1]
      if (permission === undefined) throw new Error(`${name} does not say which permission it needs`)
      return {
        name,
        method,
        path,
        permission,
        statuses: Object.keys(isJsonObject(responses) ? responses : {}),
      }
    }),
  )
}

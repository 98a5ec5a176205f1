import type { Manifest } from '@ops-center/plugin-sdk/manifest'
import { type Document, isSeq } from 'yaml'
import { fixHandlers } from './fix-handlers.js'
import { fixRoutes } from './fix-routes.js'
import { fixTasks } from './fix-tasks.js'

/** Makes hooks, filters, routes and tasks those of the code; returns what was changed, in words. */
export function fixLists(document: Document, code: Manifest): string[] {
  const routes = document.has('api_routes') ? 'api_routes' : 'routes'
  const changes = [
    ...fixHandlers(
      document,
      'hooks',
      ['event', 'name'],
      code.hooks.map(({ event, ...rest }) => ({ on: event, ...rest })),
    ),
    ...fixHandlers(
      document,
      'filters',
      ['filter'],
      code.filters.map(({ filter, ...rest }) => ({ on: filter, ...rest })),
    ),
    ...fixRoutes(document, routes, code.routes),
    ...fixTasks(document, code.tasks),
  ]
  dropEmpty(document, ['hooks', 'filters', routes, 'tasks'])
  return changes
}

/** A list whose last entry was removed goes too. */
function dropEmpty(document: Document, lists: readonly string[]): void {
  for (const name of lists) {
    const list = document.get(name)
    if (isSeq(list) && list.items.length === 0) document.delete(name)
  }
}

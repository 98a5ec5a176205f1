import { eventCatalogue } from '../events.js'
import { PLATFORM_FILTERS, resourceOfEvent } from '../vocabulary.js'
import type { ManifestIssue } from './manifest-error.js'
import type { Manifest } from './manifest-schema.js'
import { nearestName } from './nearest-name.js'

/** Events and filters that look like the platform's own but are not: they would never be called. */
export function checkNames({ hooks, filters }: Manifest): ManifestIssue[] {
  return [
    ...hooks.flatMap(({ event }, index) => {
      const isKnown = event.includes('*') || Object.hasOwn(eventCatalogue, event)
      if (isKnown || resourceOfEvent(event) === undefined) return []
      return [unknownName(`hooks[${index}].event`, event, 'event', Object.keys(eventCatalogue))]
    }),
    ...filters.flatMap(({ filter }, index) => {
      const names = Object.keys(PLATFORM_FILTERS)
      if (names.includes(filter) || nearestName(filter, names) === undefined) return []
      return [unknownName(`filters[${index}].filter`, filter, 'filter', names)]
    }),
  ]
}

function unknownName(path: string, name: string, kind: string, known: readonly string[]): ManifestIssue {
  const nearest = nearestName(name, known)
  return {
    path,
    message: `${path} is "${name}", which is not ${kind === 'event' ? 'an event' : 'a filter'} of the platform`,
    fix: nearest === undefined ? `Known: ${known.join(', ')}` : `Did you mean "${nearest}"?`,
  }
}

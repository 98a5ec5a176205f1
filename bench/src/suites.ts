import { dispatchSuite } from './dispatch/dispatch-suite.js'
import { filtersSuite } from './filters/filters-suite.js'
import type { Comparison } from './harness/comparison.js'
import { routesSuite } from './routes/routes-suite.js'
import { storageSuite } from './storage/storage-suite.js'

export interface Suite {
  readonly title: string
  readonly run: () => Promise<Comparison[]>
}

/** What can be measured, by the name that `npm run bench -- <name>` takes. */
export const suites: Readonly<Record<string, Suite>> = {
  dispatch: { title: 'Event dispatch', run: dispatchSuite },
  filters: { title: 'Filter chains', run: filtersSuite },
  routes: { title: 'Routes', run: routesSuite },
  storage: { title: 'File storage', run: storageSuite },
}

import { dispatchSuite } from './dispatch/dispatch-suite.js'
import { filtersSuite } from './filters/filters-suite.js'
import type { Comparison } from './harness/comparison.js'
import { routesSuite } from './routes/routes-suite.js'
import { storageSuite } from './storage/storage-suite.js'

export interface Suite {
  readonly title: string
  /** What a reader has to know to judge the numbers. */
  readonly notes: string
  readonly run: () => Promise<Comparison[]>
}

/** What can be measured, by the name that `npm run bench -- <name>` takes. */
export const suites: Readonly<Record<string, Suite>> = {
  dispatch: {
    title: 'Event dispatch',
    notes: `"SDK dispatch" runs the handlers of an event by priority, each isolated, and returns the report. "SDK emit"
also gives the event its id, time and cause and checks its name, which none of the others do. hookable is
\`createHooks()\`; its bare core has neither stack traces that follow the hooks nor \`beforeEach\`. Except for the SDK
all of them stop at the first handler that throws, and none reports what the handlers returned. eventemitter3 waits for
nothing.`,
    run: dispatchSuite,
  },
  filters: {
    title: 'Filter chains',
    notes: `The SDK gives every filter a copy of its own and keeps the last good value when one fails. The others have no
filters: here they pass an object whose \`value\` each handler replaces, once as it is and once with the same protection
(\`structuredClone\` before each handler).`,
    run: filtersSuite,
  },
  routes: {
    title: 'Routes',
    notes: `The same paths, the same Zod schemas, the same answers: in process (a \`Request\` in, the text of the
\`Response\` out), and over HTTP on the loopback interface, each server in a process of its own on the same load generator
(autocannon, connections kept open). Hono and the SDK are served by \`@hono/node-server\`.`,
    run: routesSuite,
  },
  storage: {
    title: 'File storage',
    notes: `"Durable": the value survives a power cut once \`set\` has resolved, because file and folder were flushed to
the disk, and no reader, in whatever process, sees half a value. node-persist, keyv-file and unstorage overwrite in place
and leave it to the system when to write: a cut loses or halves what they wrote last. Two waits for the disk cannot be
faster than none, so a write by itself loses against them; write-file-atomic, which flushes the file (not the folder),
shows what durability costs by other means. keyv-file answers \`get\` from memory.`,
    run: storageSuite,
  },
}

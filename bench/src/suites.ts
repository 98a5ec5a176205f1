import { cliSuite } from './cli/cli-suite.js'
import { dispatchSuite } from './dispatch/dispatch-suite.js'
import { filtersSuite } from './filters/filters-suite.js'
import type { Comparison } from './harness/comparison.js'
import { hostSuite } from './host/host-suite.js'
import { routesSuite } from './routes/routes-suite.js'
import { serverSuite } from './server/server-suite.js'
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
    notes: `"Durable": the value survives a power cut once \`set\` has resolved, because its file and the folder were
flushed to the disk, and no reader, in whatever process, sees half a value. node-persist, keyv-file and unstorage write
over the old value and leave it to the system when that reaches the disk: a cut loses or halves what they wrote last. Two
waits for the disk are slower than none, so writing alone loses against them wherever the disk is not instant. Sets at
once share the flush of the folder, but each value is a new file that is flushed for itself and put in the place of the old
one. write-file-atomic, which flushes the file and not the folder, shows what this costs by other means. Reading waits for
no disk. keyv-file keeps everything in memory too, and answers \`get\` from there.`,
    run: storageSuite,
  },
  server: {
    title: 'Platform',
    notes: `Requests to the whole platform, in process, beside the least that gives the same answer from the same tables
through the same connections: no key, no checks, no filters, no events, no durable jobs. Both databases run on this
machine with their defaults; PGlite has one connection, PostgreSQL ten.`,
    run: serverSuite,
  },
  host: {
    title: 'Plugin host',
    notes: `Plugins in processes of their own, through the whole platform. A delivery is one event for one plugin: written
as one of a hundred readings of \`POST /metrics\`, handled by the plugin, and its outcome recorded; the rate is that of a
round that begins with the first write and ends with the last recorded outcome. Latencies are those of single writes with
rests between them. Everything shares this machine: writers, server, database, plugins. The aims are 5,000 deliveries a
second embedded and 10,000 on PostgreSQL, whoever else does not listen; a median below 15 ms until the handler ran; a
third of the direct speed through the host; 60 MB for a plugin's process. Its RSS is what \`ps\` and \`top\` show: 42 to 44 MB
of it are the program and libraries of Node, which all plugins share; its PSS counts a part of those. At rest, four of five
have done nothing but start.`,
    run: hostSuite,
  },
  cli: {
    title: 'Command line',
    notes: `Whole processes, start and end included. "ops-center-plugin build" bundles the plugin with its SDK, runs it to
compare it with its manifest, looks for secrets and packs; "validate" does all but the packing. create-vite is no plugin
scaffolder, but one of the fastest there is, without a check of what it writes. \`directus-extension build\` bundles one
file and leaves the SDK out; its \`validate\` looks for files and fields. create-directus-extension asks the registry for
the newest versions of two packages, so it waits for the network too. The tools of Directus are measured when
\`OPS_BENCH_PEERS\` names a folder made with \`npm install --prefix <folder> --ignore-scripts create-directus-extension\`: as a
dependency they would run an install script (vue-demi) and fetch 217 MB. create-probot-app cannot run without
GitHub, from where it clones its template, and vsce downloads the program it signs with when it is installed.`,
    run: cliSuite,
  },
}

import { startInProcess } from '../../../dist/host/runtimes/in-process-runtime.js'

// A server that runs one plugin inside itself: it prints what it hears of the plugin, and fails by itself when told so.
const [directory, entrypoint] = process.argv.slice(2)
await startInProcess({
  plugin: { directory, entrypoint },
  context: {
    protocol: 1,
    plugin_id: 'stray',
    organization_id: 'org',
    api_url: 'http://127.0.0.1:9',
    api_key: 'oci_test',
    secret: 'a-secret-that-host-and-plugin-share',
    config: {},
  },
  startTimeout: 5_000,
  onLine: (line) => process.stdout.write(`${line}\n`),
})
process.stdin.once('data', () => {
  throw new Error('the server itself')
})

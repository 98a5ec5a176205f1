#!/usr/bin/env node
import { run } from '@ops-center/plugin-cli/run'

// `npm create @ops-center/plugin my-plugin -- --type hybrid` is `ops-center-plugin init my-plugin --type hybrid`.
process.exitCode = await run(['init', ...process.argv.slice(2)])

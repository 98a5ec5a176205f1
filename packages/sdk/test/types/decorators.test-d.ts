// Checked by the compiler: a line under @ts-expect-error that compiles is an error.
import { z } from 'zod'
import {
  defineEvent,
  filterHook,
  hook,
  onInstall,
  onUpdate,
  type PayloadOf,
  route,
  task,
} from '../../src/index.js'

const completed = defineEvent('prediction.completed', z.object({ confidence: z.number() }))

export class Right {
  @hook('device.created')
  greet({ device_id }: PayloadOf<'device.created'>) {
    return device_id
  }

  @hook('device.*', { priority: 1 })
  all() {}

  @hook(completed)
  check({ confidence }: { confidence: number }) {
    return confidence
  }

  @filterHook('device.data.process')
  enrich(value: Record<string, unknown>) {
    return { ...value, enriched: true }
  }

  @route('/devices/:id', { body: z.object({ limit: z.number() }) })
  read({ params, body }: { params: { id: string }; body: { limit: number } }) {
    return [params.id, body.limit]
  }

  @task()
  train() {}

  @onInstall
  async install() {}

  @onUpdate
  update({ from }: { from: string }) {
    return from
  }
}

export class Wrong {
  // @ts-expect-error a misspelt event
  @hook('device.create')
  misspelt() {}

  // @ts-expect-error a method that takes another payload
  @hook('device.created')
  other({ alert_id }: { alert_id: string }) {
    return alert_id
  }

  // @ts-expect-error a filter that returns nothing
  @filterHook('device.data.process')
  forgetful() {}

  // @ts-expect-error a parameter that is not in the path
  @route('/devices/:id')
  read({ params }: { params: { name: string } }) {
    return params.name
  }

  // @ts-expect-error an install handler gets nothing
  @onInstall
  install(versions: { from: string }) {
    return versions
  }
}

import { createRoute, z } from '@hono/zod-openapi'
import { isEventPattern } from '@ops-center/plugin-sdk/protocol'
import type { Database } from '../../database/client.js'
import { hears, REPLAY_PAGE, type ReplayCursor, replayRange } from '../../events/replay-range.js'
import type { ApiRouter } from '../../http/create-http-app.js'
import { HttpProblem } from '../../http/http-problem.js'
import { json, jsonBody, problems, secured } from '../../http/route-parts.js'
import type { Jobs } from '../../jobs/jobs.js'
import type { Installation } from '../installations/installation.js'
import type { Installations } from '../installations/installations.js'
import { pluginParams } from './plugin-params.js'

const cursorSchema = z.object({ occurred_at: z.iso.datetime(), event_id: z.uuid() })
const cursorText = z
  .string()
  .max(400)
  .refine((text) => readCursor(text) !== undefined, 'expected the next_cursor of an earlier answer')
const patterns = z
  .array(z.string().refine(isEventPattern, 'expected an event name, "device.*" or "*"'))
  .min(1)
  .max(100)

const replay = createRoute({
  method: 'post',
  path: '/plugins/{id}/replay',
  tags: ['installations'],
  summary: `Deliver the stored events of a time range to an installed plugin again, ${REPLAY_PAGE} at a time`,
  ...secured('plugins:write'),
  request: {
    params: pluginParams,
    body: jsonBody(
      z
        .strictObject({
          since: z.iso
            .datetime({ offset: true })
            .refine((since) => Date.parse(since) <= Date.now(), 'expected a time that has passed'),
          until: z.iso.datetime({ offset: true }).optional(),
          events: patterns.optional(),
          cursor: cursorText.optional(),
        })
        .refine(({ since, until }) => until === undefined || new Date(since) < new Date(until), {
          path: ['until'],
          error: 'expected a time after since',
        }),
    ),
  },
  responses: {
    202: json(
      'Queued; call again with the cursor until it is null',
      z.object({ status: z.literal('queued'), count: z.int(), next_cursor: z.string().nullable() }),
    ),
    ...problems(404, 409, 413, 415, 422),
  },
})

export interface ReplayServices {
  database: Database
  jobs: Jobs
  installations: Pick<Installations, 'get'>
}

/** `POST /plugins/{id}/replay`, for the operator. */
export function pluginReplayRoutes({ database, jobs, installations }: ReplayServices) {
  return (router: ApiRouter): void => {
    router.openapi(replay, async (c) => {
      const { id } = c.req.valid('param')
      const { since, until, events, cursor } = c.req.valid('json')
      const installation = await installations.get(c.var.principal.organization_id, id)
      checkHearer(installation, events)
      const location = `/api/v1/plugins/${id}/deliveries`
      const answer = await database.kysely.transaction().execute(async (trx) => {
        const { count, next } = await replayRange(trx, jobs, installation, {
          since: new Date(since),
          until: until === undefined ? new Date() : new Date(until),
          events,
          cursor: cursor === undefined ? undefined : readCursor(cursor),
        })
        const next_cursor = next && Buffer.from(JSON.stringify(next)).toString('base64url')
        const body = { status: 'queued' as const, count, next_cursor }
        await c.var.repeatGuard.record(trx, { status: 202, location, body })
        return body
      })
      return c.json(answer, 202, { location })
    })
  }
}

function checkHearer(installation: Installation, events: readonly string[] = []): void {
  const { plugin_id, enabled } = installation
  if (!enabled) throw new HttpProblem(409, `Plugin "${plugin_id}" is not enabled: enable it, then replay`)
  const unheard = events.find((event) => !event.endsWith('*') && !hears(installation, event))
  if (unheard === undefined) return
  const pointer = `/events/${events.indexOf(unheard)}`
  const detail = `Plugin "${plugin_id}" has no hook that hears ${unheard}`
  throw new HttpProblem(422, detail, { errors: [{ pointer, detail }] })
}

function readCursor(text: string): ReplayCursor | undefined {
  try {
    return cursorSchema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString())).data
  } catch {
    return undefined
  }
}

import { createRoute, z } from '@hono/zod-openapi'
import type { AddRoutes } from '../../http/create-http-app.js'
import { offsetOf, pageQuery, pageSchema, paginationOf } from '../../http/pagination.js'
import { json, jsonBody, problems, secured } from '../../http/route-parts.js'
import type { RegistryOptions } from '../registry-options.js'
import { pluginParams } from './plugin-params.js'
import { reviewBody, reviewResource, toReviewResource } from './review-resource.js'
import { listReviews, saveReview } from './save-review.js'

const tags = ['marketplace']
const path = '/plugins/marketplace/{id}/reviews'

const list = createRoute({
  method: 'get',
  path,
  tags,
  summary: 'List the reviews of a plugin, newest first',
  ...secured('plugins:read'),
  request: { params: pluginParams, query: z.object(pageQuery()) },
  responses: {
    200: json('One page of reviews', pageSchema('reviews', reviewResource)),
    ...problems(404, 422),
  },
})

const review = createRoute({
  method: 'post',
  path,
  tags,
  summary: 'Review a plugin that your organization installed; a second review replaces the first',
  ...secured('plugins:write'),
  request: { params: pluginParams, body: jsonBody(reviewBody) },
  responses: {
    200: json('The review, which replaced an earlier one', reviewResource),
    201: json('The new review', reviewResource),
    ...problems(404, 413, 415, 422),
  },
})

/** Reviews of plugins. */
export function reviewRoutes({ database }: RegistryOptions): AddRoutes {
  const { kysely } = database
  return (router) => {
    router.openapi(list, async (c) => {
      const query = c.req.valid('query')
      const page = { limit: query.page_size, offset: offsetOf(query) }
      const { reviews, totalCount } = await listReviews(kysely, c.req.valid('param').id, page)
      return c.json(
        { reviews: reviews.map(toReviewResource), pagination: paginationOf(query, totalCount) },
        200,
      )
    })
    router.openapi(review, async (c) => {
      const { id } = c.req.valid('param')
      const location = `/api/v1/plugins/marketplace/${id}/reviews`
      const saved = await kysely.transaction().execute(async (trx) => {
        const result = await saveReview(trx, id, c.var.principal, c.req.valid('json'))
        const body = toReviewResource(result.review)
        const status = result.created ? 201 : 200
        await c.var.repeatGuard.record(trx, { status, location, body })
        return { ...result, body }
      })
      if (!saved.created) return c.json(saved.body, 200)
      c.header('location', location)
      return c.json(saved.body, 201)
    })
  }
}

import { Elysia } from 'elysia'
import { z } from 'zod'
import { clock } from '#core/clock'
import { Id } from '#core/ids'
import { pageOf } from '#core/pagination'
import { problems } from '#core/problem'
import { signedInAs } from '#core/session'
import * as schema from './schema.ts'
import * as service from './service.ts'

export const adminPromotions = new Elysia({ prefix: '/admin/promotions', tags: ['admin'] })
  .use(signedInAs('admin'))
  .post('/', async ({ body, status }) => status(201, await service.createPromotion(body, clock.now())), {
    body: schema.NewPromotion,
    response: { 201: schema.Promotion, ...problems(400, 401, 403, 409, 413, 415, 422, 503) },
    detail: { summary: 'Give out a promotion code' },
  })
  .get('/', ({ query }) => service.listPromotions(query), {
    query: schema.PromotionList,
    response: { 200: pageOf(schema.Promotion), ...problems(400, 401, 403, 422, 503) },
    detail: { summary: 'Promotions, the newest first' },
  })
  .patch('/:promotionId', ({ params, body }) => service.changePromotion(params.promotionId, body), {
    params: z.object({ promotionId: Id }),
    body: schema.PromotionChange,
    response: { 200: schema.Promotion, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
    detail: {
      summary: 'End a promotion at another time, or change how often it may be used',
      description:
        'An end that is past ends it at once. One that has not begun is ended by a maximum of what was redeemed, such as 0.',
    },
  })

import { Elysia } from 'elysia'
import { z } from 'zod'
import { clock } from '#core/clock'
import { jsonText } from '#core/http'
import { Id } from '#core/ids'
import { problems } from '#core/problem'
import { maybeSignedIn, signedInAs } from '#core/session'
import * as schema from './schema.ts'
import * as service from './service.ts'

const ChefRef = z.object({ chefId: Id })
const MenuRef = ChefRef.extend({ menuId: Id })
const ItemRef = MenuRef.extend({ itemId: Id })
const Nothing = z.undefined()

const publicMenus = new Elysia()
  .use(maybeSignedIn)
  .get(
    '/:chefId/menu',
    async ({ viewer, params, set }) => jsonText(set, await service.readMenus(viewer, params.chefId, clock.now())),
    {
      params: ChefRef,
      response: { 200: schema.ChefMenus, ...problems(400, 401, 404, 503) },
      detail: { summary: 'Read what a kitchen sells today' },
    },
  )

const managedMenus = new Elysia()
  .use(signedInAs('chef', 'admin'))
  .post(
    '/:chefId/menus',
    async ({ actor, params, body, status }) =>
      status(201, await service.addMenu(actor, params.chefId, body, clock.now())),
    {
      params: ChefRef,
      body: schema.NewMenu,
      response: { 201: schema.Menu, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
      detail: { summary: 'Add a menu' },
    },
  )
  .patch(
    '/:chefId/menus/:menuId',
    ({ actor, params, body }) => service.changeMenu(actor, params.chefId, params.menuId, body, clock.now()),
    {
      params: MenuRef,
      body: schema.MenuChange,
      response: { 200: schema.Menu, ...problems(400, 401, 403, 404, 413, 415, 422, 503) },
      detail: { summary: 'Change a menu' },
    },
  )
  .delete(
    '/:chefId/menus/:menuId',
    async ({ actor, params, set }) => {
      await service.removeMenu(actor, params.chefId, params.menuId, clock.now())
      set.status = 204
    },
    {
      params: MenuRef,
      response: { 204: Nothing, ...problems(400, 401, 403, 404, 503) },
      detail: { summary: 'Remove a menu with its items' },
    },
  )
  .post(
    '/:chefId/menus/:menuId/items',
    async ({ actor, params, body, status }) =>
      status(201, await service.addItem(actor, params.chefId, params.menuId, body, clock.now())),
    {
      params: MenuRef,
      body: schema.NewItem,
      response: { 201: schema.MenuItem, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
      detail: { summary: 'Add an item to a menu' },
    },
  )
  .patch(
    '/:chefId/menus/:menuId/items/:itemId',
    ({ actor, params, body }) => service.changeItem(actor, params, body, clock.now()),
    {
      params: ItemRef,
      body: schema.ItemChange,
      response: { 200: schema.MenuItem, ...problems(400, 401, 403, 404, 413, 415, 422, 503) },
      detail: { summary: 'Change an item: price, portions, availability' },
    },
  )
  .delete(
    '/:chefId/menus/:menuId/items/:itemId',
    async ({ actor, params, set }) => {
      await service.removeItem(actor, params, clock.now())
      set.status = 204
    },
    {
      params: ItemRef,
      response: { 204: Nothing, ...problems(400, 401, 403, 404, 503) },
      detail: { summary: 'Remove an item' },
    },
  )

export const menus = new Elysia({ prefix: '/chefs', tags: ['menus'] }).use(publicMenus).use(managedMenus)

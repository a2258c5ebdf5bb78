import { Elysia } from 'elysia'
import { activity, adminActivity } from './activity/routes.ts'
import { adminChefs, chefs } from './chefs/routes.ts'
import { adminDrivers, drivers } from './drivers/routes.ts'
import { auth, users } from './identity/routes.ts'
import { menus } from './menus/routes.ts'
import { orders } from './orders/routes.ts'
import { payments } from './payments/routes.ts'
import { webhooks } from './payments/webhooks.ts'
import { adminPromotions } from './promotions/routes.ts'
import { quotes } from './quotes/routes.ts'
import { adminZones, zones } from './zones/routes.ts'

/** The public REST resources, one folder each. */
export const api = new Elysia({ name: 'api' })
  .use(auth)
  .use(users)
  .use(zones)
  .use(chefs)
  .use(menus)
  .use(quotes)
  .use(orders)
  .use(payments)
  .use(webhooks)
  .use(drivers)
  .use(activity)
  .use(adminZones)
  .use(adminActivity)
  .use(adminChefs)
  .use(adminDrivers)
  .use(adminPromotions)

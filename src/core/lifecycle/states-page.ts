import { DELIVERY_STATUSES, DELIVERY_TRANSITIONS } from '#core/lifecycle/delivery-states'
import { ORDER_STATUSES, ORDER_TRANSITIONS, type Transition } from '#core/lifecycle/order-states'
import { shownStatus } from '#core/lifecycle/shown-states'

/** The state machines as a page of the documentation, from the tables that the code runs on. Pure. */
export const statesPage = (): string =>
  [
    '# States of an order',
    'Written by `bun run docs` from `src/core/lifecycle`; a test holds it against the code.',
    'Kitchen and driver run in parallel: a driver is found before the food is ready. A move that is not in the table is refused with 409 and',
    'the current state; a mover who is not named is refused with 403.',
    '',
    '## Order (the kitchen)',
    '',
    table(ORDER_TRANSITIONS),
    '',
    '## Delivery (the driver)',
    '',
    'It begins when the kitchen has accepted; until then it shows as `unassigned`.',
    '',
    table(DELIVERY_TRANSITIONS),
    '',
    '## The status shown to clients',
    '',
    'The order status, except:',
    '',
    ...exceptions(),
    '',
  ].join('\n')

const table = (transitions: readonly Transition<string, string>[]) =>
  [
    '| from | event | to | by |',
    '|---|---|---|---|',
    ...transitions.map(({ from, event, to, by }) => `| ${from} | ${event} | ${to} | ${by.join(', ')} |`),
  ].join('\n')

const exceptions = () =>
  ORDER_STATUSES.flatMap((order) =>
    DELIVERY_STATUSES.filter((delivery) => shownStatus(order, delivery) !== order).map(
      (delivery) => `- \`${order}\` with delivery \`${delivery}\` shows as \`${shownStatus(order, delivery)}\``,
    ),
  )

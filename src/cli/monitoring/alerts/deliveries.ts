import { type Group, steady } from '../alert.ts'
import { market } from './market.ts'

/** Deliveries that dispatch itself has marked. All replicas tell the same: the greatest counts. */

const series = (trouble: string, zone = 'city') =>
  `ridendine_deliveries_in_trouble{job="api",instance="api:9001",zone="${zone}",trouble="${trouble}"}`
const some = (trouble: string) => `max by (zone) (ridendine_deliveries_in_trouble{trouble="${trouble}"}) > 0`
const shown = (trouble: string, others: string[]) => ({
  fires: { [series(trouble)]: steady(1, 40) },
  quiet: { [series(trouble)]: steady(0, 40), ...Object.fromEntries(others.map((one) => [series(one), steady(2, 40)])) },
})

export const deliveries: Group = {
  name: 'deliveries',
  alerts: [
    market({
      name: 'DeliveryUntaken',
      expr: some('untaken'),
      for: '0m',
      severity: 'ticket',
      summary: 'Nobody takes a delivery in {{ $labels.zone }}',
      description: 'It has been offered or sought in vain for longer than the zone allows, and is on the board.',
      runbook: 'dispatch.md#delivery-untaken',
      ...shown('untaken', ['held', 'on_board']),
    }),
    market({
      name: 'FoodWithSilentDriver',
      expr: some('silent_with_food'),
      for: '0m',
      severity: 'page',
      summary: 'A driver in {{ $labels.zone }} has food and is not heard of',
      description: 'What he had not picked up was given to others; what he has on board only a call can find.',
      runbook: 'dispatch.md#food-with-silent-driver',
      ...shown('silent_with_food', ['silent']),
    }),
    market({
      name: 'DriverAstray',
      expr: some('astray'),
      for: '5m',
      severity: 'ticket',
      summary: 'A driver in {{ $labels.zone }} does not come to the kitchen',
      description: 'He has accepted, and drives off or comes no nearer. He should have been relieved by now.',
      runbook: 'dispatch.md#driver-astray',
      ...shown('astray', ['untaken']),
    }),
    market({
      name: 'FoodAstray',
      expr: some('astray_with_food'),
      for: '2m',
      severity: 'ticket',
      summary: 'A driver in {{ $labels.zone }} does not come to the door',
      description: 'He has the food, and drives off or comes no nearer. Nobody else can bring it.',
      runbook: 'dispatch.md#food-astray',
      ...shown('astray_with_food', ['astray']),
    }),
    market({
      name: 'KitchenLate',
      expr: some('kitchen_late'),
      for: '0m',
      severity: 'ticket',
      summary: 'A kitchen in {{ $labels.zone }} is long past the time it gave',
      description:
        'It has not said that the food is ready. Who waits there is let go after a time, and the order held.',
      runbook: 'dispatch.md#kitchen-late',
      ...shown('kitchen_late', ['held']),
    }),
  ],
}

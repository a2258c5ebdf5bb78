import { motorTurnSeconds, motorWay, type Vehicle } from './motor'
import { isMotorBarrier } from './motor-barriers'
import type { ProfileRules } from './rules'

/** A moped: 45 km/h, not on motorways and motorroads, on cycleways only where a sign lets it. Otherwise as the car. */
const MOPED: Vehicle = {
  accessKeys: ['moped', 'motor_vehicle', 'vehicle', 'access'],
  onewayKeys: ['oneway:moped', 'oneway:motor_vehicle', 'oneway:vehicle', 'oneway'],
  heightMeters: 2,
  widthMeters: 0.8,
  lengthMeters: 2,
  weightKilograms: 300,
  kmhMax: 45,
  forbiddenHighways: new Set(['motorway', 'motorway_link']),
}

export const scooter: ProfileRules = {
  way: (tags) => motorWay(tags, MOPED),
  isBarrier: (tags) => isMotorBarrier(tags, MOPED),
  turns: {
    angleSeconds: motorTurnSeconds,
    uTurnSeconds: 20,
    signalSeconds: 2,
    stopSeconds: 2,
    giveWaySeconds: 1,
    restrictionModes: ['moped', 'motor_vehicle', 'vehicle'],
  },
}

import { motorTurnSeconds, motorWay, type Vehicle } from './motor'
import { isMotorBarrier } from './motor-barriers'
import type { ProfileRules } from './rules'

const CAR: Vehicle = {
  accessKeys: ['motorcar', 'motor_vehicle', 'vehicle', 'access'],
  onewayKeys: ['oneway:motorcar', 'oneway:motor_vehicle', 'oneway:vehicle', 'oneway'],
  heightMeters: 2,
  widthMeters: 1.9,
  lengthMeters: 4.8,
  weightKilograms: 2000,
  kmhMax: Infinity,
  forbiddenHighways: new Set(),
}

export const car: ProfileRules = {
  way: (tags) => motorWay(tags, CAR),
  isBarrier: (tags) => isMotorBarrier(tags, CAR),
  turns: {
    angleSeconds: motorTurnSeconds,
    uTurnSeconds: 20,
    signalSeconds: 2,
    stopSeconds: 2,
    giveWaySeconds: 1,
    restrictionModes: ['motorcar', 'motor_vehicle', 'vehicle'],
  },
}

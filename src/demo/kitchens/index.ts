import type { KitchenPlan } from '../types'
import { africanKitchens } from './africa'
import { americanKitchens } from './americas'
import { eastAsianKitchens } from './east-asia'
import { europeanKitchens } from './europe'
import { middleEastKitchens } from './middle-east'
import { nordicKitchens } from './nordic'
import { plantKitchens } from './plants'
import { southAsianKitchens } from './south-asia'

/** Forty invented home chefs, each with dishes of their own. */
export const kitchenPlans: KitchenPlan[] = [
  ...nordicKitchens,
  ...middleEastKitchens,
  ...europeanKitchens,
  ...africanKitchens,
  ...eastAsianKitchens,
  ...southAsianKitchens,
  ...americanKitchens,
  ...plantKitchens,
]

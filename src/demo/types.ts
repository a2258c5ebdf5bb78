import type { LatLng } from '#core/geo'

/** What the demo city is made of. Plain data: `bun dev` and the simulator turn it into rows. */

export type DietaryTag = 'vegetarian' | 'vegan' | 'gluten-free' | 'dairy-free' | 'nut-free' | 'halal' | 'kosher'

/** The fourteen that Regulation (EU) 1169/2011, annex II, requires a seller of food to name. */
export type Allergen =
  | 'gluten'
  | 'crustaceans'
  | 'eggs'
  | 'fish'
  | 'peanuts'
  | 'soy'
  | 'milk'
  | 'nuts'
  | 'celery'
  | 'mustard'
  | 'sesame'
  | 'sulphites'
  | 'lupin'
  | 'molluscs'

export type DemoItem = {
  name: string
  description: string
  priceCents: number
  prepMinutes: number
  dietaryTags: DietaryTag[]
  allergens: Allergen[]
  /** null: no limit. */
  portionsPerDay: number | null
}

export type DemoMenu = { name: string; description: string; items: DemoItem[] }

export type DemoAddress = { street: string; city: 'Göteborg'; postalCode: string; coordinates: LatLng }

export type DemoKitchen = {
  email: string
  firstName: string
  lastName: string
  phoneNumber: string
  name: string
  description: string
  /** Lowercase slugs: 'swedish', 'thai'. */
  cuisines: string[]
  address: DemoAddress
  deliveryRadiusMeters: number
  minimumOrderCents: number
  menus: DemoMenu[]
}

/** A kitchen as it is written down: the city gives it its address, e-mail and phone number. */
export type KitchenPlan = Omit<DemoKitchen, 'email' | 'phoneNumber' | 'address'>

export type DemoDriver = {
  email: string
  firstName: string
  lastName: string
  phoneNumber: string
  vehicleType: 'car' | 'bike' | 'scooter' | 'motorcycle'
  start: LatLng
}

export type DemoCustomer = {
  email: string
  firstName: string
  lastName: string
  phoneNumber: string
  address: DemoAddress
}

export type DemoZone = {
  slug: 'goteborg'
  name: 'Göteborg'
  currency: 'USD'
  timeZone: 'Europe/Stockholm'
  /** Convex, counter-clockwise, without the first corner repeated at the end. */
  polygon: LatLng[]
}

export type DemoCity = {
  zone: DemoZone
  kitchens: DemoKitchen[]
  drivers: DemoDriver[]
  customers: DemoCustomer[]
  addresses: DemoAddress[]
}

import { describe, expect, test } from 'bun:test'
import { distanceMeters, isInside, type LatLng } from '#core/geo'
import { type DemoItem, demoCity, type FeatureCollection, readNetwork } from './city'
import type { Position } from './network'

const network = await readNetwork()
const city = demoCity(network)
const CENTER: LatLng = { lat: 57.7, lng: 11.97 }

const lines = network.features.flatMap(({ properties, geometry }) =>
  geometry.type === 'LineString' ? [{ name: properties.name, coordinates: geometry.coordinates }] : [],
)
const homes = [...city.kitchens, ...city.customers].map(({ address }) => address)
const everyAddress = [...homes, ...city.addresses]
const people = [...city.kitchens, ...city.drivers, ...city.customers]
const items = city.kitchens.flatMap(({ menus }) => menus.flatMap((menu) => menu.items))

const repeated = (names: string[]) => names.filter((name, index) => names.indexOf(name) !== index)

describe('the city', () => {
  test('is the same for the same seed and another for another', () => {
    expect(demoCity(network, 1)).toEqual(city)
    const other = demoCity(network, 2)
    expect(other.addresses).not.toEqual(city.addresses)
    expect(other.kitchens.map(({ name }) => name)).toEqual(city.kitchens.map(({ name }) => name))
  })

  test('has forty kitchens, twenty-five drivers, three customers and four hundred addresses', () => {
    const { kitchens, drivers, customers, addresses } = city
    expect([kitchens.length, drivers.length, customers.length, addresses.length]).toEqual([40, 25, 3, 400])
    expect(kitchens.at(-1)?.email).toBe('chef40@test.com')
    expect(drivers.at(-1)?.email).toBe('driver25@test.com')
    expect(customers.at(-1)?.email).toBe('customer3@test.com')
  })

  test('can be changed by its owner without changing the next city', () => {
    const mine = demoCity(network)
    mine.kitchens[0]!.menus.length = 0
    expect(demoCity(network).kitchens[0]!.menus.length).toBeGreaterThan(0)
  })

  test('is refused on a network without streets', () => {
    expect(() => demoCity({ type: 'FeatureCollection', features: [] })).toThrow('no street')
    expect(() => demoCity({ ...network, features: network.features.slice(0, 50) })).toThrow()
  })
})

describe('the zone', () => {
  test('has a simple polygon of at most thirty corners around every street', () => {
    const { polygon } = city.zone
    expect(polygon.length).toBeLessThanOrEqual(30)
    expect(isConvex(polygon)).toBe(true)
    const outside = positionsOf(network).filter(([lng, lat]) => !isInside({ lat: lat!, lng: lng! }, polygon))
    expect(outside).toEqual([])
  })

  test('holds every address and every driver', () => {
    const places = [...everyAddress.map(({ coordinates }) => coordinates), ...city.drivers.map(({ start }) => start)]
    expect(places.filter((place) => !isInside(place, city.zone.polygon))).toEqual([])
  })
})

describe('addresses', () => {
  test('stand on the street they name', () => {
    const astray = everyAddress.filter(({ street, coordinates }) => metersFromStreet(street, coordinates) > 1)
    expect(astray).toEqual([])
  })

  test('are written as Swedish ones are, and no two are the same', () => {
    for (const { street, postalCode, city: town } of everyAddress) {
      expect(street).toMatch(/^\p{L}.* [1-9]\d{0,2}$/u)
      expect(postalCode).toMatch(/^4[12]\d \d{2}$/)
      expect(town).toBe('Göteborg')
    }
    expect(repeated(everyAddress.map(({ street }) => street))).toEqual([])
  })
})

describe('people', () => {
  test('have names, e-mail addresses and phone numbers of their own', () => {
    expect(repeated(people.map(({ firstName, lastName }) => `${firstName} ${lastName}`))).toEqual([])
    expect(repeated(people.map(({ email }) => email))).toEqual([])
    expect(repeated(people.map(({ phoneNumber }) => phoneNumber))).toEqual([])
  })

  test('have phone numbers that belong to nobody', () => {
    for (const { phoneNumber } of people) {
      expect(phoneNumber).toMatch(/^\+46701740\d{3}$/)
      expect(Number(phoneNumber.slice(-3))).toBeWithin(605, 700)
    }
  })

  test('drive every kind of vehicle', () => {
    const vehicles = new Set(city.drivers.map(({ vehicleType }) => vehicleType))
    expect([...vehicles].sort()).toEqual(['bike', 'car', 'motorcycle', 'scooter'])
  })
})

describe('kitchens', () => {
  test('have names, descriptions and dishes of their own', () => {
    expect(repeated(city.kitchens.map(({ name }) => name))).toEqual([])
    expect(repeated(city.kitchens.map(({ description }) => description))).toEqual([])
    expect(repeated(items.map(({ name }) => name))).toEqual([])
    expect(repeated(items.map(({ description }) => description))).toEqual([])
  })

  test('lie within five kilometres of the centre, 150 metres from each other', () => {
    const places = city.kitchens.map(({ address }) => address.coordinates)
    expect(places.filter((place) => distanceMeters(place, CENTER) > 5000)).toEqual([])
    const crowded = places.filter((place, index) =>
      places.some((other, otherIndex) => otherIndex > index && distanceMeters(place, other) < 150),
    )
    expect(crowded).toEqual([])
  })

  test('can each deliver to a demo customer, and each customer can choose among at least thirty', () => {
    const delivers = (kitchen: (typeof city.kitchens)[number], place: LatLng) =>
      distanceMeters(kitchen.address.coordinates, place) <= kitchen.deliveryRadiusMeters
    for (const kitchen of city.kitchens) {
      expect(city.customers.some(({ address }) => delivers(kitchen, address.coordinates))).toBe(true)
    }
    for (const { address } of city.customers) {
      const choice = city.kitchens.filter((kitchen) => delivers(kitchen, address.coordinates))
      expect(choice.length).toBeGreaterThanOrEqual(30)
    }
  })

  test('keep to the agreed numbers', () => {
    for (const { menus, cuisines, deliveryRadiusMeters, minimumOrderCents } of city.kitchens) {
      expect(deliveryRadiusMeters).toBeWithin(6000, 9001)
      expect(minimumOrderCents).toBeWithin(1000, 1501)
      expect(menus.length).toBeWithin(1, 4)
      expect(menus.flatMap((menu) => menu.items).length).toBeWithin(5, 10)
      expect(cuisines.length).toBeGreaterThan(0)
      for (const cuisine of cuisines) expect(cuisine).toMatch(/^[a-z]+(-[a-z]+)*$/)
    }
  })
})

describe('dishes', () => {
  const ANIMAL = ['milk', 'eggs', 'fish', 'crustaceans', 'molluscs'] as const
  const SEA = ['fish', 'crustaceans', 'molluscs'] as const
  const MEAT = /\b(beef|pork|lamb|goat|chicken|reindeer|bacon|sausage|oxtail|mutton|ham|meatballs?)\b/i

  /** What a tag rules out: allergens, and words of the description. */
  const ruledOut: { tag: DemoItem['dietaryTags'][number]; allergens: readonly string[]; words?: RegExp }[] = [
    { tag: 'vegan', allergens: ANIMAL, words: MEAT },
    { tag: 'vegetarian', allergens: SEA, words: MEAT },
    { tag: 'gluten-free', allergens: ['gluten'] },
    { tag: 'dairy-free', allergens: ['milk'] },
    { tag: 'nut-free', allergens: ['nuts', 'peanuts'] },
    { tag: 'kosher', allergens: ['crustaceans', 'molluscs'], words: /\b(pork|bacon|ham)\b/i },
    { tag: 'halal', allergens: [], words: /\b(pork|bacon|ham|wine|beer)\b/i },
  ]

  test.each(ruledOut)('$tag rules out what it says', ({ tag, allergens, words }) => {
    const tagged = items.filter(({ dietaryTags }) => dietaryTags.includes(tag))
    expect(tagged.length).toBeGreaterThan(0)
    const wrong = tagged.filter(
      (item) => item.allergens.some((allergen) => allergens.includes(allergen)) || words?.test(item.description),
    )
    expect(wrong).toEqual([])
  })

  test('kosher never mixes meat with milk', () => {
    const kosher = items.filter(({ dietaryTags }) => dietaryTags.includes('kosher'))
    expect(kosher.filter((item) => item.allergens.includes('milk') && MEAT.test(item.description))).toEqual([])
  })

  test('vegan means vegetarian, too', () => {
    const vegan = items.filter(({ dietaryTags }) => dietaryTags.includes('vegan'))
    expect(vegan.filter(({ dietaryTags }) => !dietaryTags.includes('vegetarian'))).toEqual([])
  })

  /** Words that name an ingredient, and the allergen they must be declared as. */
  const declared: { allergen: DemoItem['allergens'][number]; words: RegExp; except?: RegExp }[] = [
    {
      allergen: 'gluten',
      words: /\b(wheat|rye|barley|oats?|bulgur|couscous|semolina|filo|pasta|spaghetti|macaroni|naan|matzo|\w*bread)\b/i,
    },
    {
      allergen: 'milk',
      words: /\b(milk|cream|cheese\w*|butter|buttered|yoghurt|feta|ghee|parmesan|mozzarella|ricotta|kajmak|custard)\b/i,
      except: /coconut (milk|cream)( and egg custard)?|without milk|egg custard/g,
    },
    { allergen: 'eggs', words: /\b(eggs?|mayonnaise|omelette)\b/i, except: /egg-free/g },
    { allergen: 'fish', words: /\b(fish|cod|salmon|herring|anchovies|tuna|pike|hilsa|char|kingfish|dashi)\b/i },
    { allergen: 'crustaceans', words: /\b(prawns?|shrimps?|crayfish|crab|lobster)\b/i },
    { allergen: 'molluscs', words: /\b(mussels|clams|octopus|squid|oyster sauce|sea snail)\b/i },
    { allergen: 'nuts', words: /\b(almonds?|walnuts?|cashews?|pistachios?|hazelnuts?)\b/i },
    { allergen: 'peanuts', words: /\bpeanuts?\b/i },
    { allergen: 'soy', words: /\b(soy|tofu|miso|hoisin)\b/i },
    { allergen: 'sesame', words: /\b(sesame|tahini|hummus)\b/i },
    { allergen: 'mustard', words: /\bmustard (seeds?|oil|gravy)\b|\bwith mustard\b/i },
    { allergen: 'celery', words: /\b(celery|celeriac)\b/i },
    { allergen: 'sulphites', words: /\b(wine|raisins|prunes)\b/i },
    { allergen: 'lupin', words: /\blupin\b/i },
  ]

  test.each(declared)('$allergen is declared where the description names it', ({ allergen, words, except }) => {
    const naming = items.filter(({ description }) => words.test(except ? description.replace(except, '') : description))
    expect(naming.length).toBeGreaterThan(0)
    expect(naming.filter(({ allergens }) => !allergens.includes(allergen))).toEqual([])
  })

  test('keep to the agreed numbers', () => {
    for (const { description, priceCents, prepMinutes, portionsPerDay, allergens } of items) {
      expect(priceCents).toBeWithin(450, 1901)
      expect(prepMinutes).toBeWithin(5, 36)
      expect(portionsPerDay ?? 200).toBeWithin(200, 401)
      expect(description).toMatch(/^\p{Lu}[^.]*\.$/u)
      expect(new Set(allergens).size).toBe(allergens.length)
    }
  })
})

const positionsOf = ({ features }: FeatureCollection): Position[] =>
  features.flatMap(({ geometry }) => (geometry.type === 'Polygon' ? geometry.coordinates.flat() : geometry.coordinates))

/** Turns left at each corner. */
const isConvex = (polygon: LatLng[]): boolean =>
  polygon.every((a, index) => {
    const b = polygon[(index + 1) % polygon.length]!
    const c = polygon[(index + 2) % polygon.length]!
    return (b.lng - a.lng) * (c.lat - b.lat) - (b.lat - a.lat) * (c.lng - b.lng) > 0
  })

/** From a place to the nearest straight piece of the street that an address line such as 'Nordhemsgatan 12' names. */
const metersFromStreet = (addressLine: string, place: LatLng): number => {
  const name = addressLine.replace(/ \d+$/, '')
  const gaps = lines
    .filter((line) => line.name === name)
    .flatMap(({ coordinates }) => coordinates.slice(1).map((to, index) => gapMeters(place, coordinates[index]!, to)))
  return Math.min(...gaps)
}

const gapMeters = (place: LatLng, [fromLng, fromLat]: Position, [toLng, toLat]: Position): number => {
  const shrink = Math.cos((place.lat * Math.PI) / 180)
  const [dx, dy] = [(toLng! - fromLng!) * shrink, toLat! - fromLat!]
  const [px, py] = [(place.lng - fromLng!) * shrink, place.lat - fromLat!]
  const share = Math.min(1, Math.max(0, (px * dx + py * dy) / (dx * dx + dy * dy || 1)))
  const nearest = { lat: fromLat! + dy * share, lng: fromLng! + (dx * share) / shrink }
  return distanceMeters(place, nearest)
}

import { call } from './market'
import { villagePlace } from './used-roads'

/** Asks every route of routing in the village of `village()`; the statuses that came, by what they should be. */
export const askTheWay = async () => {
  const [from, to] = [villagePlace('a'), villagePlace('e')]
  const places = `${from.lng},${from.lat};${to.lng},${to.lat}`
  const steps = 'steps=true&annotations=true&alternatives=true'
  const drawn = 'steps=true&annotations=true&geometries=geojson'
  const expected: [path: string, status: number][] = [
    [`route/v1/driving/${places}?${steps}`, 200],
    [`route/v1/driving/${places}?${steps}&geometries=geojson`, 200],
    [`table/v1/driving/${places}?annotations=duration,distance&fallback_speed=5`, 200],
    [`nearest/v1/driving/${places.split(';')[0]}?number=2`, 200],
    [`match/v1/driving/${places}?timestamps=0;50&${drawn}`, 200],
    [`route/v1/driving/0,0;${places}`, 400],
    [`table/v1/driving/${places}?x=1`, 400],
    [`nearest/v1/plane/${places}`, 400],
    [`match/v1/driving/${places}?timestamps=1;0`, 400],
    [`isochrone?lat=${from.lat}&lng=${from.lng}&minutes=1,2`, 200],
    ['isochrone?lat=0&lng=0&minutes=1', 404],
    [`reverse?lat=${from.lat}&lng=${from.lng}`, 200],
    ['reverse?lat=north&lng=0', 400],
  ]
  const answered: typeof expected = []
  for (const [path] of expected) answered.push([path, (await call('GET', `/routing/${path}`)).status])
  return { expected, answered }
}

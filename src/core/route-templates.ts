/** A route as the router has it: `PATCH /orders/:orderId/accept`. */
export type Route = { method: string; path: string }

type Known = Route & { segments: string[]; parameterCount: number }

/**
 * Tells the template of the route that a request is for, where the router did not get as far: it was refused before.
 * Undefined when there is none. As in the router a fixed part goes before a parameter, and a slash at the end is nothing.
 */
export const templateFinder = (routes: () => readonly Route[]) => {
  let known: Known[] | undefined
  return (method: string, pathname: string): string | undefined => {
    known ??= routes().map(knownOf)
    const asked = segmentsOf(pathname)
    const matching = known.filter((route) => route.method === method && isFor(route, asked))
    return matching.toSorted((a, b) => a.parameterCount - b.parameterCount)[0]?.path
  }
}

const knownOf = ({ method, path }: Route): Known => {
  const segments = segmentsOf(path)
  return { method, path, segments, parameterCount: segments.filter(isParameter).length }
}

const segmentsOf = (path: string) => path.replace(/\/$/, '').split('/')

const isParameter = (segment: string) => segment.startsWith(':')

const isFor = ({ segments }: Known, asked: readonly string[]) =>
  segments.length === asked.length &&
  segments.every((segment, i) => (isParameter(segment) ? asked[i] !== '' : segment === asked[i]))

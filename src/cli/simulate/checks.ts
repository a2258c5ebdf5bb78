/** What must hold whatever happens. Each rule counts how often it was looked at: one never looked at proves nothing. */
export const RULES = {
  found: 'every order answered 201 is found again by its customer, kitchen and admin',
  cents: 'quote, order, tracking, kitchen and admin show the same cents',
  total: 'total = subtotal - discount + tax + delivery fee + service fee + tip, and its lines add up',
  pay: 'the driver is offered, and gets, the delivery fee and the tip',
  moneyBack: 'what was paid for an order that was not delivered is given back, and no more',
  oneOrder: 'one order per Idempotency-Key, however often it is sent',
  final: 'every order ended in a final state',
  history: 'the history of an order goes forward and ends as the order did',
  oneDelivery: 'no order was delivered twice, or held by two drivers at once',
  bundles:
    'no driver had two offers or more than four deliveries at once, and his route had each pickup before its dropoff',
  unpaid: 'no kitchen saw an order before it was paid',
  code: 'the code for the door was shown to the customer alone',
  private: "nobody could read another's order",
  place: "a driver's exact place was shown only with the food on the way",
  seq: 'sockets: seq rose, no event came twice',
  frames: 'sockets: every frame fits its schema',
  stream: "sockets: each stream told the order's whole story and its end",
  announced: 'every paid order was announced on the topic of its kitchen',
  portions: 'no portion was sold twice',
  noFault: 'no answer of 500 or above (503 is none with --expect-outages)',
  expected: 'nothing was refused that should not be',
  actors: 'no virtual person gave up',
  healthy: 'the server is well after the run',
} as const
export type Rule = keyof typeof RULES

export type Finding = { rule: Rule; says: string; checked: number; broken: number; examples: string[] }

export type Checks = ReturnType<typeof createChecks>

const EXAMPLES_MAX = 5

export const createChecks = () => {
  const found = new Map<Rule, { checked: number; broken: number; examples: string[] }>()
  const of = (rule: Rule) => {
    const known = found.get(rule) ?? { checked: 0, broken: 0, examples: [] }
    found.set(rule, known)
    return known
  }
  const broken = (rule: Rule, example: string) => {
    const known = of(rule)
    known.broken++
    if (known.examples.length < EXAMPLES_MAX) known.examples.push(example)
  }
  return {
    broken,
    /** So many things were watched for what breaks a rule, which is told where it happens. */
    watched: (rule: Rule, count: number) => {
      of(rule).checked += count
    },
    /** Looks at a rule once; `example` says what was wrong, and is made only then. */
    that: (rule: Rule, holds: boolean, example: () => string) => {
      of(rule).checked++
      if (!holds) broken(rule, example())
    },
    findings: (): Finding[] => (Object.keys(RULES) as Rule[]).map((rule) => ({ rule, says: RULES[rule], ...of(rule) })),
  }
}

/** Whether a value is anywhere inside, under a name. Used to see that secrets are not. */
export const holdsKey = (value: unknown, name: string): boolean => {
  if (value === null || typeof value !== 'object') return false
  if (Array.isArray(value)) return value.some((one) => holdsKey(one, name))
  return Object.entries(value).some(([key, one]) => key === name || holdsKey(one, name))
}

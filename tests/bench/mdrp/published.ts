/**
 * What has been published: Reyes et al., The Meal Delivery Routing Problem, Optimization Online, 2018, table 4. The optimum knows
 * the whole day beforehand and puts at most two orders in a bundle;
 * the floor is what the roads and the kitchens alone take.
 */
export type Published = { name: string; reyes: number; optimum: number; floor: number }

const CLASSES = ['s1p100', 's1p125', 's2p100', 's2p125']
const ROWS: [prefix: string, reyes: number[], optimum: number[], floor: number[]][] = [
  ['0o50t100', [31.19, 34.67, 29.79, 34.18], [29.81, 33.4, 28.96, 32.6], [28.33, 32.08, 28.32, 32.08]],
  ['0o50t75', [28.4, 31.62, 27.29, 31.19], [27.49, 31.1, 26.83, 30.52], [26.51, 30.26, 26.53, 30.28]],
  ['0r50t100', [32.46, 36.75, 31.21, 35.6], [30.76, 34.66, 29.93, 33.86], [29.52, 33.62, 29.5, 33.6]],
  ['0r50t75', [29.57, 33.71, 29.03, 33.41], [28.47, 32.45, 27.95, 32.0], [27.76, 31.86, 27.74, 31.84]],
]

/** Click-to-door in minutes. */
export const SIXTEEN: Published[] = ROWS.flatMap(([prefix, reyes, optimum, floor]) =>
  CLASSES.map((suffix, index) => ({
    name: `${prefix}${suffix}`,
    reyes: reyes[index]!,
    optimum: optimum[index]!,
    floor: floor[index]!,
  })),
)

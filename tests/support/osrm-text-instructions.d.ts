/** The package has no types of its own. */
declare module 'osrm-text-instructions' {
  export default function compile(version: 'v5'): {
    compile(language: string, step: object, options: object): string
  }
}
declare module 'osrm-text-instructions/languages' {
  /** What can be said in a language, by the type of a maneuver. */
  export const instructions: Record<string, Record<'v5', Record<string, object>>>
}

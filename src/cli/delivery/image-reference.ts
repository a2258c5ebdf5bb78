/** An image of a version and a digest: `registry/owner/name:1.2.3@sha256:...`. */
export type ImageReference = { name: string; tag: string; digest: string }

const REFERENCE = /^([a-z0-9][a-z0-9.:/_-]*\/[a-z0-9._/-]+):([\w][\w.-]{0,127})@(sha256:[0-9a-f]{64})$/

/** Throws an Error for what is none, or names no tag or no digest. */
export const parseReference = (text: string): ImageReference => {
  const [, name, tag, digest] = REFERENCE.exec(text) ?? []
  if (!name || !tag || !digest)
    throw new Error(`${text || '(none)'} is not of the form registry/name:tag@sha256:digest.`)
  return { name, tag, digest }
}

const ENTRY_FIELDS = /^ {4}(newName|newTag|digest):/

/**
 * A kustomization with one of its images at a reference; all else, comments too, as it was. Throws an Error when it lists no
 * image of that name.
 */
export const withImage = (kustomization: string, image: string, { name, tag, digest }: ImageReference): string => {
  const lines = kustomization.split('\n')
  const images = lines.indexOf('images:')
  const start = images < 0 ? -1 : lines.indexOf(`  - name: ${image}`, images)
  if (start < 0) throw new Error(`There is no image ${image} under "images:".`)
  const length = lines.slice(start + 1).findIndex((line) => !line.startsWith('    '))
  const end = length < 0 ? lines.length : start + 1 + length
  const kept = lines.slice(start + 1, end).filter((line) => !ENTRY_FIELDS.test(line))
  const fields = [`    newName: ${name}`, `    newTag: ${tag}`, `    digest: ${digest}`]
  return [...lines.slice(0, start + 1), ...fields, ...kept, ...lines.slice(end)].join('\n')
}

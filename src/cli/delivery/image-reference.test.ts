import { expect, test } from 'bun:test'
import { parseReference, withImage } from './image-reference.ts'

const digest = `sha256:${'ab'.repeat(32)}`
const reference = { name: 'registry.internal:5000/team/ridendine', tag: '1.2.3', digest }

const kustomization = `resources:
  - ../../base
images:
  - name: ridendine
    newName: registry.example.com/ridendine
    newTag: 0.1.0
    # Kept.
  - name: ridendine-backup
    newTag: 0.1.0
patches: []
`

test('a reference has a name, a tag and a digest, and nothing else', () => {
  expect(parseReference(`registry.internal:5000/team/ridendine:1.2.3@${digest}`)).toEqual(reference)
  for (const wrong of [
    '',
    'ridendine',
    'r.io/ridendine:1.2.3',
    `r.io/ridendine@${digest}`,
    `r.io/a:1@${digest}\nx: y`,
  ]) {
    expect(() => parseReference(wrong)).toThrow('is not of the form')
  }
})

test('one image is pinned, the others and the comments stay', () => {
  const pinned = withImage(kustomization, 'ridendine', reference)
  expect(pinned).toContain(`  - name: ridendine
    newName: registry.internal:5000/team/ridendine
    newTag: 1.2.3
    digest: ${digest}
    # Kept.
  - name: ridendine-backup
    newTag: 0.1.0
patches: []
`)
  expect(withImage(pinned, 'ridendine', reference)).toBe(pinned)
  expect(withImage(kustomization, 'ridendine-backup', reference)).toContain(`    digest: ${digest}\npatches: []`)
})

test('an image that is not listed is refused', () => {
  expect(() => withImage(kustomization, 'redis', reference)).toThrow('no image redis')
  expect(() => withImage('resources: []\n', 'ridendine', reference)).toThrow('no image ridendine')
})

/**
 * `bun run deploy:pin OVERLAY IMAGE REGISTRY/NAME:TAG@sha256:DIGEST`: puts the digest into an overlay of deploy/kubernetes. The
 * tag is kept beside it for whoever reads; what is pulled is the digest.
 */
import { parseReference, withImage } from './delivery/image-reference.ts'

const [overlay = '', image = '', reference = ''] = process.argv.slice(2)
const path = `deploy/kubernetes/overlays/${overlay}/kustomization.yaml`
try {
  if (!/^[a-z][a-z-]*$/.test(overlay) || !image || !reference) {
    throw new Error('Usage: bun run deploy:pin OVERLAY IMAGE REGISTRY/NAME:TAG@sha256:DIGEST')
  }
  const file = Bun.file(path)
  if (!(await file.exists())) throw new Error(`There is no ${path}.`)
  await Bun.write(path, withImage(await file.text(), image, parseReference(reference)))
  console.log(`${path}: ${image} is ${reference}`)
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}

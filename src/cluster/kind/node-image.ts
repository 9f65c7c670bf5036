import { presentImages } from './kind.ts'

/** Node's image by its tag: what the engine of a machine without a registry has. */
export const nodeImage = 'node:24-bookworm-slim'

/** The same by the digest of its index (linux/amd64 and linux/arm64), for whoever pulls it. Renovate moves it on. */
export const pinnedNodeImage =
  'docker.io/library/node:24.21.0-bookworm-slim@sha256:0e0ff40c39bc087845bfb27465a0df4ea419520094bc35842ff83dd8cbe6f9b6'

/** What images of ours are built on: what the engine has goes ahead, for nothing needs to be pulled then. */
export async function baseImage(): Promise<string> {
  const { present } = await presentImages([nodeImage])
  return present[0] ?? pinnedNodeImage
}

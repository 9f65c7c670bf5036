/**
 * Transforms as annotations hold them in JSON. The types are those that the controller decodes into (LBC:
 * pkg/ingress/config_types.go), and the checks are its own; what AWS would refuse beyond them passes.
 *
 * @module
 */
import { type GoType, goString, pointer, slice } from '../go/json.ts'
import { ModelError } from '../model-error.ts'
import type { Rewrite } from '../stack/stack.ts'
import { named, struct } from './config-types.ts'

interface RewriteConfig {
  rewrites?: Rewrite[]
}

export interface TransformConfig {
  type: string
  hostHeaderRewriteConfig?: RewriteConfig
  urlRewriteConfig?: RewriteConfig
}

const rewriteType = struct('RewriteConfigObject', {
  rewrites: slice(struct('RewriteConfig', { regex: goString, replace: goString }))
})

export const transformsType: GoType = slice(
  struct('Transform', {
    type: named('TransformType'),
    hostHeaderRewriteConfig: pointer(rewriteType),
    urlRewriteConfig: pointer(rewriteType)
  })
)

/** LBC: Transform.Validate. @throws ModelError */
export function checkTransform({ type, hostHeaderRewriteConfig, urlRewriteConfig }: TransformConfig): void {
  const [name, config] =
    type === 'host-header-rewrite'
      ? (['hostHeaderRewriteConfig', hostHeaderRewriteConfig] as const)
      : (['urlRewriteConfig', urlRewriteConfig] as const)
  if (type !== 'host-header-rewrite' && type !== 'url-rewrite') {
    throw new ModelError(`unknown transform type: ${type}`)
  }
  if (!config) {
    throw new ModelError(`missing ${name}`)
  }
  if (!config.rewrites?.length) {
    throw new ModelError(`${name}.rewrites cannot be empty`)
  }
}

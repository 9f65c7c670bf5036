import { describe } from '@jest/globals'
import { type Mistake, mistakeOn, own, testMistakes } from '../mistakes.ts'

function withTransforms(transforms: unknown, error: string): Mistake {
  return mistakeOn(
    `transforms ${JSON.stringify(transforms)}`,
    { 'transforms.gw': JSON.stringify(transforms) },
    own(error)
  )
}

describe('mistakes', () => {
  testMistakes([
    withTransforms([{ type: 'rewrite' }], 'unknown transform type: rewrite'),
    withTransforms([{ type: 'url-rewrite' }], 'missing urlRewriteConfig'),
    withTransforms([{ type: 'url-rewrite', urlRewriteConfig: {} }], 'urlRewriteConfig.rewrites cannot be empty'),
    withTransforms([{ type: 'host-header-rewrite' }], 'missing hostHeaderRewriteConfig'),
    withTransforms(
      [{ type: 'host-header-rewrite', hostHeaderRewriteConfig: { rewrites: [] } }],
      'hostHeaderRewriteConfig.rewrites cannot be empty'
    )
  ])
})

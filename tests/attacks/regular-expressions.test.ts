/**
 * No expression of the sources takes more than linear time, whatever text others give it: one that does is rewritten.
 */

import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { analyse } from 'scslre'
import ts from 'typescript'

/** What is made of texts when the program runs, which nobody can look at before: file, and why it takes no longer. */
const made: Record<string, string> = {
  'src/api-server/by-definition.ts':
    'patterns of definitions that come with the program, over texts of no more than their own maxLength',
  'src/api-server/names.ts': "Kubernetes' own patterns, over names of at most 253 characters",
  'src/aws/protocol/constraints.ts': "AWS's own patterns, as its service models give them",
  'src/check/facts/error-annotation.ts': 'two words',
  'src/istio/policy/authorization.ts': 'a template of the owner, whose wildcards stand for whole segments',
  'src/resources/schema-fit.ts': 'patterns of the shapes that come with the program'
}

interface Written {
  place: string
  expression: RegExp
}

function expressionsOf(file: string): { written: Written[]; isMade: boolean } {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const written: Written[] = []
  let isMade = false
  function visit(node: ts.Node): void {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/')
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1
      const expression = new RegExp(node.text.slice(1, end), node.text.slice(end + 1))
      written.push({ place: `${file}:${line} ${node.text}`, expression })
    }
    if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'RegExp') {
      isMade = true
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return { written, isMade }
}

const files = globSync('src/**/*.ts').sort()

describe('regular expressions', () => {
  it('take linear time', () => {
    const written = files.flatMap(file => expressionsOf(file).written)
    const slow = written.filter(({ expression }) => analyse(expression).reports.length > 0)
    expect(written.length).toBeGreaterThan(100)
    expect(slow.map(({ place }) => place)).toEqual([])
  })

  it('are made of texts where that is known to be harmless', () => {
    expect(files.filter(file => expressionsOf(file).isMade)).toEqual(Object.keys(made))
  })

  it.each([/[ \t]+$/, /\s+$/g, /(a+)+$/, /\[([^\]]+)\]/g])('%s would be found', expression => {
    expect(analyse(expression).reports).not.toEqual([])
  })
})

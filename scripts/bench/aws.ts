/**
 * AWS's APIs on loopback: the article's edge from the first call to the first answer, 1,000 target groups and rules, calls a
 * second, memory; beside moto's server where it is on PATH, or where `MOTO_SERVER` says. Writes its part of docs/performance.md.
 *
 * @module
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { timeEdge } from './aws/edge.ts'
import { timeGrowth } from './aws/growth.ts'
import { type AWSFigures, report } from './aws/report.ts'
import { type Contender, findContenders, Server } from './aws/server.ts'
import { printTimes, writePart } from './figures.ts'

const rounds = 20
const rules = 1000
const seconds = 3

const folder = mkdtempSync(join(tmpdir(), 'istio-alb-bench-'))
try {
  const { present, absent } = await findContenders()
  const figures: AWSFigures[] = []
  /** Measures a process that has done nothing before. */
  async function withServer<Figures>(
    contender: Contender,
    measure: (server: Server) => Promise<Figures>
  ): Promise<Figures> {
    const server = await Server.start(contender, folder)
    try {
      return await measure(server)
    } finally {
      await server.stop()
    }
  }
  for (const contender of present) {
    const edge = await withServer(contender, server => timeEdge(server, rounds + 1))
    printTimes(`${contender.name}: the article's edge`, edge.created)
    const growth = await withServer(contender, server => timeGrowth(server, rules, seconds))
    printTimes(`${contender.name}: ${rules} target groups and rules`, [growth.milliseconds])
    figures.push({ name: contender.name, edge, growth })
  }
  const text = report(figures, rounds, absent)
  writePart('aws', text)
  console.log(text)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

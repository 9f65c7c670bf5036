import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { HostsFile } from '../../../src/cli/hosts-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'istio-alb-hosts-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0

/** A file that is not there yet, or that holds a text. */
function fileWith(text?: string): string {
  files += 1
  const file = join(folder, `hosts-${files}`)
  if (text !== undefined) {
    writeFileSync(file, text)
  }
  return file
}

/** The lines that name a load balancer. */
function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line.includes('.elb.localhost'))
}

describe('the names of load balancers in a hosts file', () => {
  test('come and go with them', () => {
    const file = fileWith()
    const hosts = HostsFile.open(file)!
    hosts.set('a', 'a.elb.localhost')
    hosts.set('b', 'b.elb.localhost')
    expect(linesOf(file)).toEqual(['127.0.0.1\ta.elb.localhost', '127.0.0.1\tb.elb.localhost'])
    hosts.delete('a')
    expect(linesOf(file)).toEqual(['127.0.0.1\tb.elb.localhost'])
    hosts.replace([['c', 'c.elb.localhost']])
    expect(linesOf(file)).toEqual(['127.0.0.1\tc.elb.localhost'])
    hosts.close()
    expect(existsSync(file)).toBe(false)
  })

  test.each(['127.0.0.1 localhost\n', '127.0.0.1 localhost', ''])('leave what others wrote: %j', text => {
    const file = fileWith(text)
    const hosts = HostsFile.open(file)!
    hosts.set('a', 'a.elb.localhost')
    expect(readFileSync(file, 'utf8').startsWith(text)).toBe(true)
    hosts.close()
    expect(readFileSync(file, 'utf8').trimEnd()).toBe(text.trimEnd())
  })

  test('stay beside lines that come while they are there', () => {
    const file = fileWith('127.0.0.1 localhost\n')
    const hosts = HostsFile.open(file)!
    hosts.set('a', 'a.elb.localhost')
    writeFileSync(file, `${readFileSync(file, 'utf8')}10.0.0.1 other\n`)
    hosts.close()
    expect(readFileSync(file, 'utf8')).toBe('127.0.0.1 localhost\n10.0.0.1 other\n')
  })

  test.each([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '127.0.0.1'],
    ['172.18.0.1', '172.18.0.1'],
    [undefined, '127.0.0.1']
  ])('of listeners bound to %s are %s', (bound, address) => {
    const file = fileWith()
    const hosts = HostsFile.open(file, bound)!
    hosts.set('a', 'a.elb.localhost')
    expect(linesOf(file)).toEqual([`${address}\ta.elb.localhost`])
    hosts.close()
  })

  test('are nowhere where no file is named', () => {
    expect(HostsFile.open(undefined)).toBeUndefined()
  })

  test('that cannot be written are refused before anything runs', () => {
    expect(() => HostsFile.open(join(folder, 'nowhere', 'hosts'))).toThrow(
      expect.objectContaining({
        findings: [expect.objectContaining({ code: 'HOSTS_FILE_NOT_WRITTEN', path: '--hosts' })]
      })
    )
  })

  test('that cannot be written any more end nothing', () => {
    const file = fileWith()
    const hosts = HostsFile.open(file)!
    rmSync(file)
    mkdirSync(file)
    expect(() => hosts.set('a', 'a.elb.localhost')).not.toThrow()
    hosts.close()
  })
})

/** Pages of other sites, in a browser on this machine: they change nothing through AWS's APIs on loopback, and read nothing. */

import http from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { AWSEndpoint } from '../../src/aws/index.ts'

let endpoint: AWSEndpoint

beforeAll(async () => {
  endpoint = await AWSEndpoint.start({ anyPort: true })
})
afterAll(() => endpoint.close())

function statusOf(method: string, query: string, headers: Record<string, string>): Promise<number | undefined> {
  const { port } = new URL(endpoint.url)
  const isForm = method === 'POST'
  const path = isForm ? '/' : `/?${query}`
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port, method, path, headers: { ...(isForm && form), ...headers } },
      response => {
        response.resume()
        resolve(response.statusCode)
      }
    )
    request.on('error', reject)
    request.end(isForm ? query : undefined)
  })
}

const make =
  'Action=CreateLoadBalancer&Version=2015-12-01&Name=edge&Subnets.member.1=subnet-a&Subnets.member.2=subnet-b'
const read = 'Action=DescribeLoadBalancers&Version=2015-12-01'

const pages: [name: string, headers: Record<string, string>][] = [
  ['a form of another site', { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }],
  ['a form of a page without an origin', { Origin: 'null' }],
  ['a picture of another site', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' }],
  ['a link of another site', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }],
  ['another server of this machine', { 'Sec-Fetch-Site': 'same-site' }],
  ['a name that is made to lead here', { Host: 'evil.example:4566' }],
  ['a name that is made to lead here, without a port', { Host: 'evil.example' }],
  ['a name that begins as an address', { Host: '127.0.0.1.evil.example:4566' }],
  ['a name that ends nearly as those of AWS', { Host: 'evilamazonaws.com' }],
  ['a name that has what AWS has, in front', { Host: 'amazonaws.com.evil.example' }],
  ['a name with a dot at its end', { Host: 'evil.example.' }]
]

describe("AWS's APIs on loopback", () => {
  it.each(pages.flatMap(([name, headers]) => ['GET', 'POST'].map(method => ({ name, method, headers }))))(
    'answer $method of $name nothing',
    async ({ method, headers }) => {
      expect(await statusOf(method, make, headers)).toBe(403)
      expect(await statusOf(method, read, headers)).toBe(403)
      expect(await endpoint.describe()).toEqual([])
    }
  )

  it.each([
    '127.0.0.1:4566',
    'localhost',
    '[::1]:4566',
    'host.docker.internal:4566',
    'aws:4566',
    'aws.localhost:4566',
    'elasticloadbalancing.us-west-2.amazonaws.com'
  ])('answer programs that ask for %s', async host => {
    expect(await statusOf('POST', read, { Host: host })).toBe(200)
    expect(await statusOf('GET', read, { Host: host })).toBe(200)
  })
})

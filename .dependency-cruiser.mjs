/**
 * The directions of imports, checked by `npm run structure`. A stage imports from the stages before it in the list, and through
 * their doors alone; within a stage, a room imports from the rooms before it. docs/architecture.md draws the same.
 */
const stages = [
  ['failure.ts', 'nearest-name.ts', 'own-entry.ts', 'own-file.ts', 'defaults.ts'],
  ['resources'],
  ['api-server'],
  ['values', 'render'],
  ['model'],
  ['elbv2'],
  ['istio', 'targets'],
  ['trace'],
  ['check'],
  ['load-balancer'],
  ['cluster'],
  ['controller'],
  ['aws'],
  ['report'],
  ['edge.ts'],
  ['page'],
  ['index.ts'],
  ['jest', 'cli']
]

/** The rooms of a stage; its own files stand behind all of them, unless they are named. */
const rooms = {
  model: [
    'value-source.ts',
    'model-error.ts',
    'go',
    'annotation',
    'environment',
    'stack',
    'build',
    'ingress',
    'service',
    'gateway',
    'diff'
  ],
  'load-balancer': [
    'clock.ts',
    'listener-set.ts',
    'listen.ts',
    'message',
    'http2',
    'transport',
    'target-group',
    'authentication',
    'client',
    'tls',
    'serve',
    'observe',
    'listener.ts',
    'application-load-balancer.ts',
    'network'
  ],
  aws: ['protocol', 'client', 'state', 'actions', 'live', 'snapshot', 'deploy', 'data-plane', 'endpoint'],
  check: ['facts/backend.ts', 'facts/unknown-class.ts', 'context.ts', 'facts', 'rule.ts', 'rules', 'predictions'],
  cluster: [
    'tool.ts',
    'binding.ts',
    'bindings.ts',
    'kind',
    'certificates.ts',
    'web-acls.ts',
    'load-balancers.ts',
    'simulation'
  ]
}

/** Stages that open no socket and start no process: Biome's noRestrictedImports keeps Node's own modules out, this the rest. */
const pure = ['resources', 'api-server', 'model', 'elbv2', 'istio', 'targets', 'trace', 'check']
const effects = ['execa', 'undici', '@kubernetes/client-node', 'openid-client']

function pathOf(folder, name) {
  return `^${`${folder}/${name}`.replaceAll('.', '\\.')}${name.endsWith('.ts') ? '$' : '/'}`
}

/** A rule for each place of an order: nothing of it imports what comes later. */
function directions(folder, order) {
  const paths = order.map(names => names.map(name => pathOf(folder, name)))
  return order.slice(0, -1).map((names, index) => ({
    name: `${folder}: ${names.join(', ')} comes before what it imports`,
    severity: 'error',
    from: { path: paths[index] },
    // A file that is named by itself stands at its own place, not at its folder's.
    to: { path: paths.slice(index + 1).flat(), pathNot: paths.slice(0, index + 1).flat() }
  }))
}

const folders = stages.flat().filter(name => !name.endsWith('.ts'))

export default {
  forbidden: [
    { name: 'no circle', severity: 'error', from: { path: '^src' }, to: { circular: true } },
    {
      name: 'a stage that the list does not name',
      severity: 'error',
      from: { path: '^src/', pathNot: stages.flat().map(name => pathOf('src', name)) },
      to: {}
    },
    ...directions('src', stages),
    ...Object.entries(rooms).flatMap(([stage, names]) =>
      directions(
        `src/${stage}`,
        names.map(name => [name])
      )
    ),
    ...folders.map(stage => ({
      name: `${stage}: only through its door`,
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/${stage}/` },
      to: { path: `^src/${stage}/`, pathNot: `^src/${stage}/index\\.ts$` }
    })),
    {
      name: 'pure stages have no effects',
      severity: 'error',
      from: { path: pure.map(stage => `^src/${stage}/`) },
      to: { path: effects.map(name => `^node_modules/${name}/`) }
    }
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' }
  }
}

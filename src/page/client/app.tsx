import { ChangesView } from './changes-view.tsx'
import { FiguresView } from './figures-view.tsx'
import { FindingsView } from './findings-view.tsx'
import { HealthView } from './health-view.tsx'
import { MapView } from './map-view.tsx'
import { RequestsView } from './requests-view.tsx'
import {
  announcement,
  command,
  connection,
  failingOpen,
  figures,
  healthOf,
  map,
  place,
  requests,
  unseenChanges
} from './store.ts'
import { ThemeButton } from './theme.tsx'

const views = {
  map: { title: 'Map', view: MapView },
  requests: { title: 'Requests', view: RequestsView },
  health: { title: 'Health', view: HealthView },
  findings: { title: 'Findings', view: FindingsView },
  changes: { title: 'Changes', view: ChangesView },
  figures: { title: 'Figures', view: FiguresView }
}

type Name = keyof typeof views

/** What an exported map has: nothing runs there. */
const still: readonly Name[] = ['map', 'findings']

/** Whether there is anything in a view to look at. Nothing is checked of an account: it holds no objects. */
function isOffered(name: Name): boolean {
  return connection.value === 'still' ? still.includes(name) : name !== 'findings' || command.value !== 'aws'
}

/** A number beside the name of a view, with what it counts. */
function countOf(name: Name): { text: string; tone: string; label: string } | undefined {
  if (name === 'findings') {
    const worst = map.value.findings.filter(({ severity }) => severity !== 'info').length + map.value.failures.length
    const hasErrors = map.value.failures.length > 0 || map.value.findings.some(({ severity }) => severity === 'error')
    return worst === 0 ? undefined : { text: String(worst), tone: hasErrors ? 'bad' : 'warn', label: 'findings' }
  }
  if (name === 'changes' && unseenChanges.value > 0) {
    return { text: String(unseenChanges.value), tone: 'accent', label: 'new changes' }
  }
  if (name === 'health') {
    const unhealthy = map.value.nodes.filter(node => healthOf(node)?.state.startsWith('unhealthy')).length
    const bad = unhealthy + failingOpen.value.size
    return bad === 0 ? undefined : { text: String(unhealthy), tone: 'bad', label: 'unhealthy targets' }
  }
  return undefined
}

function Tab({ name }: { name: Name }) {
  const count = countOf(name)
  return (
    <a href={`#${name}`} aria-current={place.value[0] === name ? 'page' : undefined}>
      {views[name].title}
      {count && (
        <span class={`badge ${count.tone}`}>
          {count.text}
          <span class="hidden"> {count.label}</span>
        </span>
      )}
    </a>
  )
}

function Connection() {
  const last = figures.value.at(-1)
  const rate = last ? last.classes.reduce((sum, count) => sum + count, 0) : 0
  switch (connection.value) {
    case 'live':
      return (
        <span class="live">
          <i class="dot good" aria-hidden="true" /> live{requests.value.length > 0 && `, ${rate}/s`}
        </span>
      )
    case 'lost':
      return (
        <span class="live" role="alert">
          <i class="dot bad" aria-hidden="true" /> {command.value || 'it'} has ended, or does not answer
        </span>
      )
    case 'still':
      return <span class="live">a plan, exported</span>
    default:
      return <span class="live">connecting…</span>
  }
}

export function App() {
  const names = (Object.keys(views) as Name[]).filter(isOffered)
  const name = names.find(one => one === place.value[0]) ?? 'map'
  const View = views[name].view
  return (
    <>
      <header class="top">
        <h1>
          istio-alb <span class="quiet-text">{command.value || (connection.value === 'still' ? 'plan' : '')}</span>
        </h1>
        <nav aria-label="Views">
          {names.map(one => (
            <Tab key={one} name={one} />
          ))}
        </nav>
        <Connection />
        <ThemeButton />
      </header>
      <main>{connection.value === 'connecting' ? <p class="empty">Connecting…</p> : <View />}</main>
      <div class="hidden" role="status" aria-live="polite">
        {announcement.value}
      </div>
    </>
  )
}

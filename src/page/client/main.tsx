import { render } from 'preact'
import { App } from './app.tsx'
import { start } from './store.ts'
import { applyTheme } from './theme.tsx'

applyTheme()
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', applyTheme)
start()
render(<App />, document.getElementById('page')!)

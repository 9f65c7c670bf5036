import { signal } from '@preact/signals'

type Theme = 'system' | 'light' | 'dark'

const themes: readonly Theme[] = ['system', 'light', 'dark']
const key = 'istio-alb-theme'

function stored(): Theme {
  try {
    const value = localStorage.getItem(key) as Theme
    return themes.includes(value) ? value : 'system'
  } catch {
    return 'system'
  }
}

const theme = signal(stored())

/** Puts the theme on; the system's own is what the style sheet asks for. */
export function applyTheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
  document.documentElement.dataset.theme = theme.value === 'system' ? (dark ? 'dark' : 'light') : theme.value
}

function choose(): void {
  theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length]!
  try {
    localStorage.setItem(key, theme.value)
  } catch {
    // A browser that keeps nothing shows it all the same.
  }
  applyTheme()
}

export function ThemeButton() {
  return (
    <button type="button" class="quiet-button" onClick={choose} aria-label={`Theme: ${theme.value}`}>
      {theme.value === 'system' ? '◐' : theme.value === 'light' ? '○' : '●'} {theme.value}
    </button>
  )
}

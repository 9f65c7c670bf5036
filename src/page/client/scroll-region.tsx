import type { ComponentChildren } from 'preact'

interface Props {
  label: string
  class?: string
  children: ComponentChildren
}

/** A part that scrolls, by the keyboard too: without a place in the order of tabs, nobody without a mouse gets to its end. */
export function ScrollRegion({ label, children, ...more }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to take the focus (WCAG 2.1.1)
    <section class={`scroll ${more.class ?? ''}`} aria-label={label} tabIndex={0}>
      {children}
    </section>
  )
}

/** Text as it is written elsewhere: a manifest, a body, a page. */
export function TextBlock({ label, text, prose }: { label: string; text: string; prose?: boolean }) {
  return (
    <ScrollRegion label={label} class="text-block">
      <pre class={prose ? 'prose' : ''}>{text}</pre>
    </ScrollRegion>
  )
}

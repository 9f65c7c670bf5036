import { useState } from 'preact/hooks'
import type { Finding } from '../../failure.ts'
import { TextBlock } from './scroll-region.tsx'
import { connection } from './store.ts'

const tones = { error: 'bad', warning: 'warn', info: 'quiet' }

/** A finding with what to do about it, and the page of its code. */
export function FindingCard({ finding, gone }: { finding: Finding; gone?: boolean }) {
  const { code, severity, message, object, path, file, line, expected, actual, hint } = finding
  return (
    <article class={`card finding${gone ? ' gone' : ''}`}>
      <header>
        <span class={`badge ${gone ? 'good' : tones[severity]}`}>{gone ? 'mended' : severity}</span>
        <strong>{code}</strong>
      </header>
      <p>{message}</p>
      <dl class="facts">
        {object && <Fact label="object" value={object} />}
        {path && <Fact label="path" value={path} />}
        {file && <Fact label="written at" value={`${file}${line ? `:${line}` : ''}`} />}
        {expected && <Fact label="expected" value={expected} />}
        {actual && <Fact label="actual" value={actual} />}
        {hint && <Fact label="hint" value={hint} />}
      </dl>
      {connection.value !== 'still' && <Explanation code={code} />}
    </article>
  )
}

export function Fact({ label, value }: { label: string; value: string }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </>
  )
}

/** The page of a finding's code, asked for when it is opened. */
function Explanation({ code }: { code: string }) {
  const [text, setText] = useState<string>()
  async function load(): Promise<void> {
    if (text === undefined) {
      const answer = await fetch(`/findings/${encodeURIComponent(code)}`)
      setText(answer.ok ? await answer.text() : `No page is written for ${code}.`)
    }
  }
  return (
    <details onToggle={event => event.currentTarget.open && load()}>
      <summary>what {code} means</summary>
      <TextBlock label={`What ${code} means`} text={text ?? 'Loading…'} prose />
    </details>
  )
}

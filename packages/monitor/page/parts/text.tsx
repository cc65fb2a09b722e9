// Text of jobs. It comes from anybody: it is a text node only, with unseen characters as escapes.
import { useState } from 'preact/hooks';
import { clean, cleanJson } from '../../src/text/clean.js';

/** On one line. */
export function Text({ of }: { of: string }) {
  return <>{clean(of)}</>;
}

/** A value as JSON; undefined: nothing is stored, or a hook has left it out. */
export function Json({ of }: { of: unknown }) {
  const [isWhole, setWhole] = useState(false);
  if (of === undefined) return <span class="faint">not shown</span>;
  const json = cleanJson(of, 2);
  const isCut = !isWhole && json.length > MOST;
  return (
    <>
      <pre class="json" tabIndex={0}>
        {isCut ? `${json.slice(0, MOST)}…` : json}
      </pre>
      {isCut && (
        <button type="button" onClick={() => setWhole(true)}>
          Show all {json.length} characters
        </button>
      )}
    </>
  );
}

/** So many characters of a value are shown at first. */
const MOST = 20_000;

/** Text of several lines, such as a stack. */
export function Lines({ of }: { of: string }) {
  return (
    <pre class="lines" tabIndex={0}>
      {of.split('\n').map(clean).join('\n')}
    </pre>
  );
}

/** The short form of a UUID: the end of a job's id differs, and the beginning of a dispatcher's. */
export function ShortId({ of, end = 'last' }: { of: string; end?: 'first' | 'last' }) {
  const isShort = of.length <= 14;
  const short = end === 'first' ? clean(of.slice(0, 8)) : `…${clean(of.slice(-12))}`;
  return (
    <code class="id" title={clean(of)}>
      {isShort ? clean(of) : short}
    </code>
  );
}

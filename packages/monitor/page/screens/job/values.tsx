// What the job was given, what it has noted while it ran, and its result.
import type { JobView } from '@drover/monitor';
import { about } from '../../api/about.js';
import { Bar } from '../../parts/bar.js';
import { Panel } from '../../parts/panel.js';
import { Json, Text } from '../../parts/text.js';
import { FailureChain } from './failure.js';

/** Their arguments are their parts, which the tree shows. */
const COMPOSITES = new Set(['drover.serial', 'drover.parallel']);

export function Values({ of }: { of: JobView }) {
  const { task, failure, outcome, args, value, annotations = {}, once = {}, onceCount } = of;
  return (
    <>
      {failure && (
        <Panel title="Failure">
          <FailureChain of={failure} />
        </Panel>
      )}
      {Object.keys(annotations).length > 0 && (
        <Panel title="Annotations">
          <Entries of={annotations} />
        </Panel>
      )}
      <Panel title="Arguments">
        {COMPOSITES.has(task) && args !== undefined ? (
          <details>
            <summary>Its parts, as they are stored</summary>
            <Value of={args} />
          </details>
        ) : (
          <Value of={args} />
        )}
      </Panel>
      {outcome === 'succeeded' && (
        <Panel title="Result">
          <Value of={value} />
        </Panel>
      )}
      {onceCount > 0 && (
        <Panel title={`Done once: ${onceCount}`}>
          <Entries of={once} />
          {Object.keys(once).length < onceCount && (
            <p class="faint">{onceCount - Object.keys(once).length} more are not shown.</p>
          )}
        </Panel>
      )}
    </>
  );
}

/** A value that the API leaves out is redacted, or there is none. */
function Value({ of }: { of: unknown }) {
  if (of !== undefined) return <Json of={of} />;
  return <p class="faint">{about.value?.redacted ? 'Not shown: redacted.' : 'None.'}</p>;
}

function Entries({ of }: { of: Readonly<Record<string, unknown>> }) {
  return (
    <dl class="entries">
      {Object.entries(of).map(([name, value]) => (
        <div key={name}>
          <dt>
            <Text of={name} />
          </dt>
          <dd>{isPercent(name, value) ? <Percent of={value} /> : <Json of={value} />}</dd>
        </div>
      ))}
    </dl>
  );
}

function isPercent(name: string, value: unknown): value is number {
  return name === 'progress' && typeof value === 'number' && value >= 0 && value <= 100;
}

function Percent({ of }: { of: number }) {
  return <Bar label="Progress" value={of} max={100} />;
}

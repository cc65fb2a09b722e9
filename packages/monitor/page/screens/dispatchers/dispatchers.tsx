// All dispatchers, and which of them have died lately.
import type { DispatcherState } from '@drover/monitor';
import { reads } from '../../api/reads.js';
import { status } from '../../live/fleet.js';
import { useRead } from '../../live/use-read.js';
import { LookedAt } from '../../parts/looked.js';
import { Heading, Panel } from '../../parts/panel.js';
import { Deaths } from './deaths.js';
import { EndedTable } from './ended.js';
import { InterruptTable } from './interrupts.js';
import { DispatcherTable } from './table.js';

export function DispatchersScreen() {
  const all = status.value?.dispatchers;
  const interrupts = useRead(reads.interrupts());
  return (
    <>
      <Heading>Dispatchers</Heading>
      {all ? (
        <Panel title="At work">
          <DispatcherTable of={all.filter(isThere)} />
        </Panel>
      ) : (
        <p class="faint">Looks …</p>
      )}
      <LookedAt at={interrupts}>
        {(found) => (
          <>
            <Deaths of={found.deaths} />
            <InterruptTable of={found} />
          </>
        )}
      </LookedAt>
      {all && <EndedTable of={all.filter((one) => !isThere(one))} />}
    </>
  );
}

function isThere({ status }: DispatcherState): boolean {
  return status !== 'deactivated';
}

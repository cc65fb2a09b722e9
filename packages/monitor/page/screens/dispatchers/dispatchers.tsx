// All dispatchers, and which of them have died lately.
import type { DispatcherState } from '@drover/monitor';
import { reads } from '../../api/reads.js';
import { useRead } from '../../live/use-read.js';
import { LookedAt } from '../../parts/looked.js';
import { Heading, Panel } from '../../parts/panel.js';
import { Deaths } from './deaths.js';
import { EndedTable } from './ended.js';
import { InterruptTable } from './interrupts.js';
import { DispatcherTable } from './table.js';

export function DispatchersScreen() {
  const looked = useRead(reads.dispatchers({ ended: '1' }));
  const interrupts = useRead(reads.interrupts());
  return (
    <>
      <Heading>Dispatchers</Heading>
      <LookedAt at={looked}>
        {(list) => (
          <>
            <Panel title="At work">
              <DispatcherTable of={list.filter(isThere)} />
            </Panel>
            <LookedAt at={interrupts}>
              {(found) => (
                <>
                  <Deaths of={found.deaths} />
                  <InterruptTable of={found} />
                </>
              )}
            </LookedAt>
            <EndedTable of={list.filter((one) => !isThere(one))} after={looked.again} />
          </>
        )}
      </LookedAt>
    </>
  );
}

function isThere({ status }: DispatcherState): boolean {
  return status !== 'deactivated';
}

// A page of the jobs of a queue that pass the filters, and actions on them.
import { useState } from 'preact/hooks';
import { mayAct } from '../../api/about.js';
import { reads } from '../../api/reads.js';
import { useRead } from '../../live/use-read.js';
import { JobTable } from '../../parts/job-table.js';
import { LookedAt } from '../../parts/looked.js';
import { Pager } from '../../parts/pager.js';
import { hrefWith, type Route } from '../../route/route.js';
import { ChangeButtons } from './change-buttons.js';
import { Filters } from './filters.js';
import { filterOf, type StateTab } from './states.js';

interface JobsProps {
  at: Route;
  queue: string;
  state: StateTab;
}

export function Jobs({ at, queue, state }: JobsProps) {
  const { start, text } = at.query;
  const filter = filterOf(state, at.query);
  // A text is looked for in the arguments of all jobs: once, and not every two seconds.
  const looked = useRead(reads.jobs(queue, { ...filter, start }), text === undefined);
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const mayChoose = mayAct() && state.changes.length > 0;
  const after = (): void => {
    choose(new Set());
    looked.again();
  };
  return (
    <>
      <Filters key={JSON.stringify(at.query)} at={at} state={state} />
      {mayChoose && (
        <ChangeButtons
          queue={queue}
          changes={state.changes}
          filter={filter}
          chosen={chosen}
          after={after}
        />
      )}
      <LookedAt at={looked}>
        {({ jobs, ...page }) => (
          <>
            <JobTable
              of={jobs}
              choice={mayChoose ? { chosen, choose } : undefined}
              none="No job passes."
            />
            <Pager
              {...page}
              shown={jobs.length}
              hrefOf={(next) => hrefWith(at, { start: next === 0 ? undefined : String(next) })}
            />
          </>
        )}
      </LookedAt>
    </>
  );
}

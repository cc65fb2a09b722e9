// One dispatcher.
import { reads } from '../../api/reads.js';
import { useRead } from '../../live/use-read.js';
import { Badge } from '../../parts/badge.js';
import { Facts } from '../../parts/facts.js';
import { JobTable } from '../../parts/job-table.js';
import { LookedAt } from '../../parts/looked.js';
import { Heading } from '../../parts/panel.js';
import { Text } from '../../parts/text.js';
import type { Route } from '../../route/route.js';

export function DispatcherScreen({ path: [, uuid = ''] }: Route) {
  const looked = useRead(reads.dispatcher(uuid));
  return (
    <>
      <Heading>
        Dispatcher <Text of={uuid} />
      </Heading>
      <LookedAt at={looked}>
        {({ status, host, pid, jobs }) => (
          <>
            <Facts
              of={[
                ['Status', <Badge of={status} />],
                ['Process', <Text of={`${host}:${pid}`} />],
              ]}
            />
            <JobTable of={jobs} />
          </>
        )}
      </LookedAt>
    </>
  );
}

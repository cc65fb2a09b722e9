// One dispatcher: its process, its agents, and what it runs.
import type { DispatcherView } from '@drover/monitor';
import { span } from '../../../src/text/words.js';
import { reads } from '../../api/reads.js';
import { useRead } from '../../live/use-read.js';
import { Badge } from '../../parts/badge.js';
import { Facts } from '../../parts/facts.js';
import { LookedAt } from '../../parts/looked.js';
import { Heading, Panel } from '../../parts/panel.js';
import { Text } from '../../parts/text.js';
import { Moment } from '../../parts/time.js';
import { go, type Route } from '../../route/route.js';
import { Agents } from './agents.js';
import { DrainButton } from './drain.js';
import { ForgetButton } from './forget.js';
import { Running } from './running.js';

export function DispatcherScreen({ path: [, given = ''] }: Route) {
  const looked = useRead(reads.dispatcher(given));
  const { data, problem, again } = looked;
  const uuid = data?.uuid ?? given;
  return (
    <>
      <Heading
        more={
          data &&
          !problem && (
            <>
              {data.status === 'active' && <DrainButton uuid={uuid} after={again} />}
              {data.status === 'deactivated' && (
                <ForgetButton uuid={uuid} after={() => go(['dispatchers'])} />
              )}
            </>
          )
        }
      >
        Dispatcher <Text of={uuid} /> {data && <Badge of={data.status} />}
      </Heading>
      <LookedAt at={looked}>
        {(found) => (
          <>
            <Process of={found} />
            <Agents of={found} after={again} />
            <Running of={found.jobs} />
            <Tasks of={found.tasks} />
          </>
        )}
      </LookedAt>
    </>
  );
}

function Process({ of }: { of: DispatcherView }) {
  const { host, pid, thread, versions, epoch, activatedAt, uptime, pingAge, blockedFor } = of;
  return (
    <Panel title="Process">
      {blockedFor > 0 && (
        <p class="problem">
          Its main loop has been blocked for {span(blockedFor)}: a task computes, and no other job
          of the process goes on.
        </p>
      )}
      <Facts
        of={[
          ['Last ping', `${span(pingAge)} ago`],
          ['Dead without a ping for', span(of.deathInterval)],
          ['Host', <Text of={host} />],
          ['Process id', pid],
          ['Thread', thread === 0 ? undefined : thread],
          ['Epoch', epoch],
          ['Active since', <Moment at={activatedAt} />],
          ['For', span(uptime)],
          ['Drover', <Text of={versions.drover} />],
          ['Node', <Text of={versions.node} />],
        ]}
      />
    </Panel>
  );
}

function Tasks({ of }: { of: readonly string[] }) {
  return (
    <Panel title={`Tasks that it knows: ${of.length}`}>
      <ul class="names">
        {of.map((name) => (
          <li key={name}>
            <code>
              <Text of={name} />
            </code>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

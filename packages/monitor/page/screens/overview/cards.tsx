// The numbers of the whole fleet.
import type { FleetStatus, QueueState } from '@drover/monitor';
import { reads } from '../../api/reads.js';
import { oldestDueOf } from '../../live/history.js';
import { useRead } from '../../live/use-read.js';
import { Card } from '../../parts/card.js';
import { Age } from '../../parts/time.js';
import { href } from '../../route/route.js';

const HOUR = 3_600_000;

/** @param minute counts up each minute: numbers of the last hour are asked for anew */
export function Cards({ of, minute }: { of: FleetStatus; minute: number }) {
  const hour = useRead(reads.activity(HOUR, 1), false, minute);
  const sum = (count: (queue: QueueState) => number) =>
    of.queues.reduce((total, queue) => total + count(queue), 0);
  const due = sum((queue) => queue.due);
  const running = of.dispatchers
    .filter(({ status }) => status === 'active')
    .flatMap(({ agents }) => agents);
  const used = running.reduce((total, agent) => total + agent.running, 0);
  const slots = running.reduce((total, agent) => total + agent.size, 0);
  const failed = hour.data?.failed;
  const to = (state: string) => placeOf(of.queues, state);
  return (
    <div class="cards">
      <Card name="Due" value={due} more="wait for an agent" href={to('due')} />
      <Card
        name="Oldest due"
        value={<Age of={oldestDueOf(of)} />}
        more={due === 0 ? 'none waits' : 'since the first was due'}
        href={to('due')}
      />
      <Card name="Running" value={used} more={`of ${slots} slots`} href={href(['dispatchers'])} />
      <Card
        name="Waiting"
        value={sum((queue) => queue.waitingForQuota)}
        more="for a quota, a limit or a key"
        href={to('waiting')}
      />
      <Card
        name="Failed"
        value={failed ?? '–'}
        tone={failed ? 'bad' : undefined}
        more="in the last hour"
        href={to('failed')}
      />
      <Card
        name="Interrupted"
        value={sum((queue) => queue.interrupted)}
        more="not decided yet"
        href={to('interrupted')}
      />
    </div>
  );
}

/** Of one queue its jobs; of several the queues. */
function placeOf(queues: readonly QueueState[], state: string): string {
  const [first, ...others] = queues;
  return first && others.length === 0
    ? href(['queues', first.name], { state })
    : href(['queues'], { state });
}

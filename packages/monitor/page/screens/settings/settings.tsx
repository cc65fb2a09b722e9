// The quotas, rate limits and schedules of a queue.
import { reads } from '../../api/reads.js';
import { useRead } from '../../live/use-read.js';
import { LookedAt } from '../../parts/looked.js';
import { Heading, Panel } from '../../parts/panel.js';
import { Json, Text } from '../../parts/text.js';
import type { Route } from '../../route/route.js';

export function SettingsScreen({ path: [, queue = ''] }: Route) {
  const quotas = useRead(reads.quotas(queue));
  const limits = useRead(reads.rateLimits(queue));
  const schedules = useRead(reads.schedules(queue));
  return (
    <>
      <Heading>
        <Text of={queue} />: quotas and schedules
      </Heading>
      <Panel title="Quotas">
        <LookedAt at={quotas}>{(list) => <Json of={list} />}</LookedAt>
      </Panel>
      <Panel title="Rate limits">
        <LookedAt at={limits}>{(list) => <Json of={list} />}</LookedAt>
      </Panel>
      <Panel title="Schedules">
        <LookedAt at={schedules}>{(list) => <Json of={list} />}</LookedAt>
      </Panel>
    </>
  );
}

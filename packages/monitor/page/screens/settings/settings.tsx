// The quotas, rate limits and schedules of a queue: what they are, who uses them, and changes.
import { Heading } from '../../parts/panel.js';
import { Text } from '../../parts/text.js';
import { href, type Route } from '../../route/route.js';
import { Quotas } from './quotas.js';
import { RateLimits } from './rate-limits.js';
import { Schedules } from './schedules.js';

export function SettingsScreen({ path: [, queue = ''] }: Route) {
  return (
    <>
      <Heading more={<a href={href(['queues', queue])}>Jobs</a>}>
        <Text of={queue} />: quotas, limits, schedules
      </Heading>
      <Quotas queue={queue} />
      <RateLimits queue={queue} />
      <Schedules queue={queue} />
    </>
  );
}

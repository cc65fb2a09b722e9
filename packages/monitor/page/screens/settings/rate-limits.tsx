// The rate limits of a queue: so many starts in so long.
import type { RateLimit } from '@drover/core';
import { span } from '../../../src/text/words.js';
import { reads } from '../../api/reads.js';
import { now } from '../../live/fleet.js';
import { ActionButton } from '../../parts/action-button.js';
import { Badge } from '../../parts/badge.js';
import { Bar } from '../../parts/bar.js';
import { Text } from '../../parts/text.js';
import { Ago } from '../../parts/time.js';
import {
  keyedField,
  keyedIn,
  RemoveButton,
  setQuestion,
  wholeNumber,
  type NamedSetting,
  type SettingOf,
} from './setting-buttons.js';
import { SettingPanel } from './setting-panel.js';

type Rate = Pick<RateLimit, 'max' | 'duration'>;

export function RateLimits({ queue }: { queue: string }) {
  return (
    <SettingPanel
      {...{ setting: 'rate-limits', queue, buttons }}
      read={reads.rateLimits(queue)}
      columns={[
        { name: 'Rate limit', isHead: true, cell: nameCell },
        { name: 'Rate', cell: ({ max, duration }) => `${max} in ${span(duration)}` },
        { name: 'Started', cell: (limit) => <Started of={limit} /> },
        { name: 'Waiting', isNumber: true, cell: ({ waiters }) => waiters ?? '–' },
        { name: 'Closed until', cell: ({ closedUntil }) => <Ago at={closedUntil} /> },
      ]}
      asksNew={(of) => changed(of, { max: 10, duration: 1_000 })}
    />
  );
}

function buttons(limit: RateLimit, of: NamedSetting) {
  return (
    <>
      <ActionButton label={`Change rate limit ${limit.name}`} question={() => changed(of, limit)}>
        Change
      </ActionButton>
      <RemoveButton of={of} says="It is refused while pending jobs name it." />
    </>
  );
}

function nameCell({ name, keys, closedUntil = 0 }: RateLimit) {
  return (
    <>
      <Text of={name} /> {keys !== undefined && <Badge of={`${keys} keys in use`} />}
      {closedUntil > now.value && <Badge of="closed" />}
    </>
  );
}

function Started({ of: { name, started, max } }: { of: RateLimit }) {
  if (started === undefined) return <span class="faint">each key has its own</span>;
  return <Bar label={`Starts of ${name}`} value={started} max={max} />;
}

function changed(of: SettingOf, { max, duration }: Rate) {
  const number = { kind: 'number', isRequired: true } as const;
  return setQuestion(
    of,
    'At most so many jobs that name it start in any such time, over all dispatchers.',
    [
      { name: 'max', label: 'Starts', ...number, value: String(max) },
      { name: 'duration', label: 'In so many ms', ...number, value: String(duration) },
      ...(of.name === undefined
        ? [keyedField('Each key has its own starts: jobs name tenant/acme.')]
        : []),
    ],
    (values) => ({
      max: wholeNumber('The number of starts', values['max']),
      duration: wholeNumber('The time', values['duration']),
      ...keyedIn(values),
    }),
  );
}

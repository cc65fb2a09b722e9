// The quotas of a queue, with the jobs that hold them and the number of those that wait.
import type { Quota } from '@drover/core';
import { reads } from '../../api/reads.js';
import { ActionButton } from '../../parts/action-button.js';
import { Badge } from '../../parts/badge.js';
import { Bar } from '../../parts/bar.js';
import { JobLink } from '../../parts/links.js';
import { Text } from '../../parts/text.js';
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

/** So many holders and keys of a quota are shown. */
const MOST = 5;

export function Quotas({ queue }: { queue: string }) {
  return (
    <SettingPanel
      {...{ setting: 'quotas', queue, buttons }}
      read={reads.quotas(queue)}
      columns={[
        { name: 'Quota', isHead: true, cell: nameCell },
        { name: 'Held', cell: (quota) => <Held of={quota} /> },
        { name: 'Waiting', isNumber: true, cell: ({ waiters }) => waiters },
        { name: 'Held by', cell: (quota) => <Holders of={quota} queue={queue} /> },
      ]}
      asksNew={(of) => resized(of, 1)}
    />
  );
}

function buttons({ name, size }: Quota, of: NamedSetting) {
  return (
    <>
      <ActionButton label={`Resize quota ${name}`} question={() => resized(of, size)}>
        Resize
      </ActionButton>
      <RemoveButton of={of} says="It is refused while a job holds it, or a pending job names it." />
    </>
  );
}

function nameCell({ name, keys }: Quota) {
  return (
    <>
      <Text of={name} /> {keys && <Badge of={`${keys.inUse} keys in use`} />}
    </>
  );
}

/** Each key has slots of its own. */
function Held({ of: { name, size, held, keys } }: { of: Quota }) {
  if (!keys) return <Bar label={`Slots of ${name}`} value={held} max={size} />;
  return (
    <>
      {held} · {size} a key
    </>
  );
}

function Holders({ of: { held, holders, keys }, queue }: { of: Quota; queue: string }) {
  const left = held - MOST;
  return (
    <span class="items">
      {holders.slice(0, MOST).map((id) => (
        <JobLink key={id} id={id} queue={queue} />
      ))}
      {left > 0 && <span class="faint">and {left} more</span>}
      {held === 0 && <span class="faint">no job</span>}
      {keys?.busiest.slice(0, MOST).map(({ key, holders: ofKey, waiters }) => (
        <span key={key} class="faint">
          <Text of={key} />: {ofKey} held, {waiters} wait
        </span>
      ))}
    </span>
  );
}

function resized(of: SettingOf, size: number) {
  const sizeField = { name: 'size', label: 'Slots', kind: 'number', isRequired: true } as const;
  const isNew = of.name === undefined;
  return setQuestion(
    of,
    isNew
      ? 'So many jobs that name it run at a time, over all dispatchers.'
      : 'With more slots waiting jobs start at once. With fewer the running ones go on.',
    [
      { ...sizeField, value: String(size) },
      ...(isNew ? [keyedField('Each key has its own slots: jobs name team/acme.')] : []),
    ],
    (values) => ({ size: wholeNumber('The number of slots', values['size']), ...keyedIn(values) }),
  );
}

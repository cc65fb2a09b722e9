// Links to the screens of jobs, queues and dispatchers.
import type { JobName } from '@drover/monitor';
import { href } from '../route/route.js';
import { ShortId, Text } from './text.js';

export function JobLink({ id, queue }: Pick<JobName, 'id'> & { queue?: string | undefined }) {
  return (
    <a href={href(['jobs', id], { queue })}>
      <ShortId of={id} />
    </a>
  );
}

export function QueueLink({ name }: { name: string }) {
  return (
    <a href={href(['queues', name])}>
      <Text of={name} />
    </a>
  );
}

export function DispatcherLink({ uuid }: { uuid: string | undefined }) {
  if (uuid === undefined) return <span class="faint">–</span>;
  return (
    <a href={href(['dispatchers', uuid])}>
      <ShortId of={uuid} end="first" />
    </a>
  );
}

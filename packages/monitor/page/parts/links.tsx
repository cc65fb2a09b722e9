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

/** A job by its task. An empty name: the job is gone. */
export function TaskLink({ of: { id, task, queue } }: { of: JobName }) {
  return (
    <a class="task-link" href={href(['jobs', id], { queue })}>
      <Text of={task === '' ? 'a job that is gone' : task} /> <ShortId of={id} />
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

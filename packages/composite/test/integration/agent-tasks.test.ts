// Composites and agents with `tasks`: parts go to the agents that take their tasks, packed or not
// (D9, C5).
import { defineTask, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../../../../test/kit/context.js';
import { dispatchersIn } from '../../../../test/kit/dispatchers.js';

const context = testContext('tasks-of-parts');
const dispatchers = dispatchersIn(context);
const odd = defineTask('tasksOfParts.odd', (value: number) => value);
const even = defineTask('tasksOfParts.even', (value: number) => value);
const parts = (): Job[] => Array.from({ length: 40 }, (_, i) => (i % 2 ? odd : even).job(i));

const agents = {
  composites: { tasks: ['drover.parallel', 'drover.serial'] },
  odd: { tasks: [odd] },
  even: { tasks: [even.name] },
};

it.each([
  ['parallel', parallel],
  ['serial', serial],
])('D9 the packed parts of a %s run in the agents that take their tasks', async (name, compose) => {
  const dispatcher = await dispatchers.start(name, { queues: { [name]: agents } });
  const started: [agent: string, task: string][] = [];
  dispatcher.on('started', ({ job, agent }) => started.push([agent, job.task]));
  const album = await context.queue(name).put(compose(parts()));
  expect(await album.wait({ timeout: 20_000 })).toEqual(Array.from({ length: 40 }, (_, i) => i));
  const wrong = started.filter(([agent, task]) => !task.endsWith(agent) && agent !== 'composites');
  expect(wrong).toEqual([]);
  expect(started.filter(([agent]) => agent === 'odd')).toHaveLength(20);
});

it('D9, O4 a composite whose task no agent takes is explained, and so is such a part', async () => {
  const queue = context.queue('explained');
  const album = await queue.put(parallel(parts()));
  const dispatcher = await dispatchers.start('explained', {
    queues: { explained: { odd: { tasks: [odd] } } },
  });
  expect(await queue.explain(album)).toMatchObject({
    reason: 'task-not-taken',
    needs: 'drover.parallel',
  });
  await dispatcher.setAgent('explained', 'composites', { tasks: ['drover.parallel'] });
  for (const job of album.jobs) if (job.task === odd.name) await job.wait();
  const left = album.jobs.find((job) => job.task === even.name) as Job;
  expect(await queue.explain(left)).toMatchObject({ reason: 'task-not-taken', needs: even.name });
  await dispatcher.setAgent('explained', 'even', { tasks: [even] });
  expect(await album.wait({ timeout: 20_000 })).toHaveLength(40);
});

// `drover queues`, `lanes`, `pause` and `resume`: queues as a whole.
import type { Command } from 'commander';
import { readQueueState } from '../../model/queue-state.js';
import { argument, type Act } from '../command.js';
import { LANE_COLUMNS, laneCells, numberColumns } from '../lane-numbers.js';
import { showQueues } from './status.js';

export function addQueues(program: Command, act: Act): void {
  const queues = program.command('queues').description('all queues with their numbers');
  act(queues, async ({ view, screen, isJson }) => {
    const { queues: found, now } = await view.status();
    if (isJson) for (const queue of found) screen.record(queue);
    else showQueues(screen, found, now);
  });

  const lanes = program
    .command('lanes')
    .argument('<queue>')
    .description('the lanes of a queue with their numbers, and who serves them');
  act(lanes, async ({ view, screen, isJson }, args) => {
    const [now, dispatchers] = await Promise.all([view.now(), view.dispatchers.list()]);
    const state = await readQueueState(view.queue(argument(args, 0)), dispatchers);
    if (isJson) for (const lane of state.lanes) screen.record(lane);
    else if (state.lanes.length === 0) screen.line('No lane has jobs or agents.');
    else {
      screen.table(
        [{ title: 'LANE', least: 6 }, ...LANE_COLUMNS, ...numberColumns('AGENTS', 'SLOTS')],
        state.lanes.map((lane) => [
          ...[lane.name, ...laneCells(lane, now)],
          ...[String(lane.agents), String(lane.slots)],
        ]),
        state.lanes.map(({ due, agents }) => (due > 0 && agents === 0 ? 'red' : undefined)),
      );
    }
  });

  for (const [name, description] of [
    ['pause', 'lets no job of a queue begin, in any lane; recovery goes on'],
    ['resume', 'lets the jobs of a paused queue begin again'],
  ] as const) {
    const command = program.command(name).argument('<queue>').description(description);
    act(command, async ({ view, screen, isJson }, args) => {
      const queue = view.queue(argument(args, 0));
      await queue[name]();
      const paused = name === 'pause';
      if (isJson) screen.document({ queue: queue.name, paused });
      else screen.line(`The queue ${queue.name} is ${paused ? 'paused' : 'no longer paused'}.`);
    });
  }
}

// `drover status`: queues, dispatchers, and what is wrong.
import type { Command } from 'commander';
import { counted, span } from '../../text/words.js';
import type { Alarm } from '../../model/alarms/alarm.js';
import type { QueueState } from '../../model/queue-state.js';
import type { DispatcherState } from '../../model/sources.js';
import type { FleetStatus } from '../../model/status.js';
import type { Act } from '../command.js';
import { LANE_COLUMNS, laneCells, numberColumns } from '../lane-numbers.js';
import type { Screen, Style } from '../screen.js';

export function addStatus(program: Command, act: Act): void {
  const command = program
    .command('status')
    .description('queues, dispatchers and alarms; exits with 1 on an alarm, so it is a probe');
  act(command, async ({ view, screen, isJson }) => {
    const status = await view.status();
    if (isJson) screen.document(status);
    else showStatus(screen, status);
    return status.alarms.length > 0 ? 1 : 0;
  });
}

/** Shows all of it: the alarms last, where a reader of a terminal looks. */
export function showStatus(screen: Screen, status: FleetStatus): void {
  showQueues(screen, status.queues, status.now);
  screen.line();
  showDispatchers(screen, status.dispatchers);
  screen.line();
  showAlarms(screen, status.alarms);
}

export function showQueues(screen: Screen, queues: readonly QueueState[], now: number): void {
  if (queues.length === 0) {
    screen.line('No queue: nobody has put a job, and no dispatcher was active.');
    return;
  }
  screen.table(
    [{ title: 'QUEUE', least: 8 }, ...LANE_COLUMNS, ...numberColumns('ASIDE', '/MIN')],
    queues.map((queue) => [
      queue.paused ? `${queue.name} (paused)` : queue.name,
      ...laneCells(queue, now),
      String(queue.setAside),
      String(queue.lastMinute.succeeded + queue.lastMinute.failed),
    ]),
    queues.map(({ paused, setAside }) => (setAside > 0 ? 'red' : paused ? 'yellow' : undefined)),
  );
}

const STYLE_OF: Readonly<Record<DispatcherState['status'], Style | undefined>> = {
  active: undefined,
  dead: 'red',
  cleaning: 'yellow',
  deactivated: 'dim',
};

/** @param withEnded otherwise those that ended are counted alone: their records stay for a day */
export function showDispatchers(
  screen: Screen,
  dispatchers: readonly DispatcherState[],
  withEnded = false,
): void {
  const shown = dispatchers.filter(({ status }) => withEnded || status !== 'deactivated');
  const ended = dispatchers.length - shown.length;
  if (shown.length === 0) screen.line('No dispatcher is active.');
  else
    screen.table(
      [
        { title: 'DISPATCHER' },
        { title: 'PROCESS', least: 12 },
        { title: 'STATUS' },
        { title: 'PING', align: 'right' },
        { title: 'RUNNING', align: 'right' },
        { title: 'AGENTS', least: 12 },
      ],
      shown.map((dispatcher) => [
        dispatcher.uuid.slice(0, 8),
        `${dispatcher.host}:${dispatcher.pid}`,
        dispatcher.blockedFor > 0 ? 'blocked' : dispatcher.status,
        span(dispatcher.pingAge),
        slotsOf(dispatcher),
        dispatcher.agents.map(({ queue, name }) => `${queue}/${name}`).join(' '),
      ]),
      shown.map(({ status, blockedFor }) => (blockedFor > 0 ? 'yellow' : STYLE_OF[status])),
    );
  if (ended > 0) screen.line(`${counted(ended, 'dispatcher')} ended within the last day`, 'dim');
}

function slotsOf({ agents }: DispatcherState): string {
  const sum = (name: 'running' | 'size') => agents.reduce((total, one) => total + one[name], 0);
  return `${sum('running')}/${sum('size')}`;
}

export function showAlarms(screen: Screen, alarms: readonly Alarm[]): void {
  if (alarms.length === 0) {
    screen.line('No alarm.', 'green');
    return;
  }
  screen.line(counted(alarms.length, 'alarm'), 'bold');
  for (const { says, cure } of alarms) {
    screen.paragraph(`! ${says}`, { style: 'red' });
    screen.paragraph(cure, { indent: '  ' });
  }
}

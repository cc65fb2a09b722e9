// Shows one dispatcher: its process, its agents, and what runs in them.
import type { DispatcherView } from '../model/dispatcher-view.js';
import { counted, moment, span } from '../text/words.js';
import type { Screen } from './screen.js';

const NAMES = 11;

export function showDispatcher(screen: Screen, found: DispatcherView): void {
  const { uuid, status, blockedFor, pingAge, versions, activatedAt, uptime } = found;
  const blocked = blockedFor > 0 ? `, main loop blocked for ${span(blockedFor)}` : '';
  const show = (name: string, value: string): void => screen.entry(name, value, NAMES);
  show('dispatcher', uuid);
  show('status', `${status}, last ping ${span(pingAge)} ago${blocked}`);
  show('process', `host ${found.host}, pid ${found.pid}, thread ${found.thread}`);
  show('versions', `Drover ${versions.drover}, Node ${versions.node}`);
  show('active', `since ${moment(activatedAt)} (${span(uptime)}), epoch ${found.epoch}`);
  if (found.lastDeath) {
    const { at, host, pid } = found.lastDeath;
    const last = `last at ${moment(at)} as host ${host}, pid ${pid}`;
    show('found dead', `${counted(found.deaths, 'time')}, ${last}`);
  }
  show('tasks', found.tasks.join(' '));
  screen.line();
  screen.table(
    [
      { title: 'QUEUE', least: 8 },
      { title: 'AGENT', least: 8 },
      { title: 'RUNNING', align: 'right' },
      { title: 'SIZE', align: 'right' },
      { title: 'LANES', least: 8 },
    ],
    found.agents.map(({ queue, name, running, size, lanes, threads }) => [
      ...[queue, threads ? `${name} (threads)` : name, String(running), String(size)],
      lanes.join(' '),
    ]),
  );
  screen.line();
  showJobs(screen, found);
}

function showJobs(screen: Screen, { jobs, lastPing, pingAge }: DispatcherView): void {
  if (jobs.length === 0) {
    screen.line('It runs no job.');
    return;
  }
  const now = lastPing + pingAge;
  screen.table(
    [
      { title: 'JOB' },
      { title: 'TASK', least: 12 },
      { title: 'QUEUE', least: 6 },
      { title: 'SINCE', align: 'right' },
    ],
    jobs.map(({ id, task, queue, times }) => [
      ...[id, task, queue],
      times.started === undefined ? '-' : span(now - times.started),
    ]),
  );
}

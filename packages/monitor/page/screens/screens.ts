// Which screen an address shows.
import type { Route } from '../route/route.js';
import { DispatcherScreen } from './dispatchers/dispatcher.js';
import { DispatchersScreen } from './dispatchers/dispatchers.js';
import { JobScreen } from './job/job.js';
import { Nowhere } from './nowhere.js';
import { Overview } from './overview/overview.js';
import { QueueScreen } from './queue/queue.js';
import { QueuesScreen } from './queues/queues.js';
import type { Screen } from './screen.js';
import { SettingsScreen } from './settings/settings.js';
import { TreeScreen } from './tree/tree.js';

/** `:` stands for any name. The first that fits is shown. */
const SCREENS: readonly (readonly [pattern: string, screen: Screen])[] = [
  ['', Overview],
  ['queues', QueuesScreen],
  ['queues/:', QueueScreen],
  ['queues/:/settings', SettingsScreen],
  ['jobs/:', JobScreen],
  ['jobs/:/tree', TreeScreen],
  ['dispatchers', DispatchersScreen],
  ['dispatchers/:', DispatcherScreen],
];

export function screenOf({ path }: Pick<Route, 'path'>): Screen {
  return SCREENS.find(([pattern]) => fits(pattern, path))?.[1] ?? Nowhere;
}

function fits(pattern: string, path: readonly string[]): boolean {
  const parts = pattern === '' ? [] : pattern.split('/');
  return parts.length === path.length && parts.every((part, i) => part === ':' || part === path[i]);
}

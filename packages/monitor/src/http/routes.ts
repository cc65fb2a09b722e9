// All routes of the API.
import { changeActions } from './actions/changes.js';
import { dispatcherActions } from './actions/dispatchers.js';
import { queueActions } from './actions/queues.js';
import { settingActions } from './actions/settings.js';
import { eventReads } from './reads/events.js';
import { fleetReads } from './reads/fleet.js';
import { jobReads } from './reads/jobs.js';
import { queueReads } from './reads/queues.js';
import type { Route } from './route.js';

export const routes: readonly Route[] = [
  ...fleetReads,
  ...eventReads,
  ...queueReads,
  ...jobReads,
  ...queueActions,
  ...changeActions,
  ...settingActions,
  ...dispatcherActions,
];

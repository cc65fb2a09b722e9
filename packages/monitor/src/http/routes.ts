// All routes of the API.
import { fleetReads } from './reads/fleet.js';
import { jobReads } from './reads/jobs.js';
import { queueReads } from './reads/queues.js';
import type { Route } from './route.js';

export const routes: readonly Route[] = [...fleetReads, ...queueReads, ...jobReads];

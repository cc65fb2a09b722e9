// Looks at the fleet as a whole, and at its dispatchers.
import { z } from 'zod';
import { InvalidArgumentError } from '@drover/core';
import { readFleetActivity } from '../../model/fleet-activity.js';
import { findDispatcher } from '../../model/find-dispatcher.js';
import { pageVersion } from '../page/page.js';
import { digits, NO_INPUT, read } from '../route.js';

/** What a program has to know of a monitor before it shows it. */
export interface MonitorFacts {
  prefix: string;
  /** Whether no action is there. */
  readOnly: boolean;
  /** Of @drover/monitor. */
  version: string;
  /** Whether a hook may leave out values of jobs; filters by text are refused then. */
  redacted: boolean;
}

/** Each step asks each lane once. */
const MOST_STEPS = 12;

export const fleetReads = [
  read({
    path: '/api/about',
    answers: 'MonitorFacts',
    about: 'What this monitor shows, and whether it has actions.',
    input: NO_INPUT,
    async answer({ view, readOnly, redactor }): Promise<MonitorFacts> {
      const { prefix } = view;
      return { prefix, readOnly, version: await pageVersion(), redacted: redactor.isOn };
    },
  }),
  read({
    path: '/api/status',
    answers: 'FleetStatus',
    about: 'All queues and dispatchers with their numbers, and the alarms.',
    input: NO_INPUT,
    answer: ({ view }) => view.status(),
  }),
  read({
    path: '/api/activity',
    answers: 'FleetActivity',
    about: 'How many jobs have ended lately, in steps of equal length.',
    input: z.strictObject({
      within: digits.describe('ms before now; default an hour').optional(),
      steps: digits.describe(`how many steps, up to ${MOST_STEPS}; default 1`).optional(),
    }),
    async answer({ view, input: { within = '3600000', steps = '1' } }) {
      const count = Number(steps);
      if (count < 1 || count > MOST_STEPS)
        throw new InvalidArgumentError(`steps takes a whole number from 1 to ${MOST_STEPS}`);
      return await readFleetActivity(view, Number(within), count);
    },
  }),
  read({
    path: '/api/doctor',
    answers: 'Findings',
    about: 'What is wrong or may become so, each with its cure.',
    input: NO_INPUT,
    answer: ({ view }) => view.examine(),
  }),
  read({
    path: '/api/dispatchers',
    answers: 'Dispatchers',
    about:
      'The dispatchers of all processes and hosts; by default not those that were deactivated.',
    input: z.strictObject({ ended: z.literal('1').optional() }),
    async answer({ view, input }) {
      const [now, infos] = await Promise.all([view.now(), view.dispatchers.list()]);
      return infos
        .filter(({ status }) => input.ended === '1' || status !== 'deactivated')
        .map((info) => ({ ...info, pingAge: now - info.lastPing }));
    },
  }),
  read({
    path: '/api/interrupts',
    answers: 'Interrupts',
    about: 'Dispatchers that have died, and jobs that were interrupted lately.',
    input: z.strictObject({ within: digits.describe('ms before now; default a day').optional() }),
    answer: ({ view, input: { within } }) =>
      view.interrupts(within === undefined ? undefined : Number(within)),
  }),
  read({
    path: '/api/dispatchers/:uuid',
    answers: 'DispatcherView',
    about:
      'One dispatcher with the jobs that it runs (DispatcherView); the beginning of its UUID is enough.',
    input: NO_INPUT,
    async answer({ view, param }) {
      const { uuid } = await findDispatcher(view, param('uuid'));
      return await view.dispatcher(uuid);
    },
  }),
];

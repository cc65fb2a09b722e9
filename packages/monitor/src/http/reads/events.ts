// What happens in the fleet, live.
import { z } from 'zod';
import { knownQueue, read, type Route } from '../route.js';

export const eventReads: Route[] = [
  read({
    path: '/api/events',
    answers: 'Events',
    about:
      'Server-sent events: each FleetEvent by its name, `status` (FleetStatus) every 2 s, and ' +
      '`away` (an error) in its place while Redis cannot be read.',
    input: z.strictObject({
      queue: z
        .string()
        .describe('events of this queue and of dispatchers; default: all')
        .optional(),
      without: z
        .literal('completed')
        .describe('leaves out jobs that have succeeded; default: they are told')
        .optional(),
    }),
    async answer({ view, input: { without, ...input }, header, feed }) {
      const queue = await knownQueue(view, input.queue);
      return feed.open({ queue, without, lastId: header('last-event-id') });
    },
  }),
];

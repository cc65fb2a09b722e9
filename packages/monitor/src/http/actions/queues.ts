// Changes a queue as a whole: its pause, and what is set aside.
import { z } from 'zod';
import { countFields, isCounted } from '../confirm.js';
import { Problem } from '../problem.js';
import { action, NO_INPUT, queueOf, type Route } from '../route.js';

const pauses = (['pause', 'resume'] as const).map((name) =>
  action({
    path: `/api/queues/:queue/${name}`,
    about:
      name === 'pause'
        ? 'Lets no job of a queue begin, in any lane; recovery goes on.'
        : 'Lets the jobs of a paused queue begin again.',
    input: NO_INPUT,
    async answer(call) {
      const queue = await queueOf(call);
      await queue[name]();
      return { queue: queue.name, paused: name === 'pause' };
    },
  }),
);

const letters = (['retry', 'drop'] as const).map((name) =>
  action({
    path: `/api/queues/:queue/set-aside/${name}`,
    about:
      name === 'retry'
        ? 'Puts a dead letter, or all of a queue, back into their lanes.'
        : 'Removes a dead letter, or all of a queue, with their records.',
    input: z.strictObject({
      id: z.string().optional(),
      all: z.literal(true).optional(),
      ...countFields,
    }),
    async answer(call) {
      const { id, all, ...confirm } = call.input;
      if ((id === undefined) !== (all === true))
        throw new Problem(400, 'BAD_INPUT', 'give either the id of a dead letter, or all: true');
      const found = (await queueOf(call)).deadLetters();
      if (id !== undefined) {
        if (confirm.dryRun !== true) await found[name](id);
        return confirm.dryRun ? { id, dryRun: true } : { id, matched: 1, done: 1 };
      }
      const ids = (await found.list()).map((letter) => letter.id);
      const matched = ids.length;
      if (!isCounted(matched, confirm)) return { matched, done: 0, dryRun: true };
      for (const one of ids) await found[name](one);
      return { matched, done: matched };
    },
  }),
);

export const queueActions: readonly Route[] = [...pauses, ...letters];

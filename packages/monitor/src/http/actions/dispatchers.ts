// Changes dispatchers of any process (D9).
import { z } from 'zod';
import { findDispatcher } from '../../model/find-dispatcher.js';
import { Problem } from '../problem.js';
import { action, NO_INPUT, type Call, type Route } from '../route.js';

const agent = { queue: z.string(), name: z.string().describe('of the agent') };

export const dispatcherActions: readonly Route[] = [
  action({
    path: '/api/dispatchers/:uuid/drain',
    about: 'Deactivates a dispatcher: it claims no more, and interrupts what goes on.',
    input: z.strictObject({
      grace: z.int().min(0).describe('ms for which running jobs may go on; default 0').optional(),
    }),
    async answer(call) {
      const uuid = await uuidOf(call);
      await call.view.dispatchers.drain(uuid, { grace: call.input.grace ?? 0 });
      return { uuid, status: 'draining' };
    },
  }),
  action({
    path: '/api/dispatchers/:uuid/forget',
    about: 'Removes the record of a dispatcher that was deactivated.',
    input: NO_INPUT,
    async answer(call) {
      const uuid = await uuidOf(call);
      await call.view.dispatchers.forget(uuid);
      return { uuid, forgotten: true };
    },
  }),
  action({
    path: '/api/dispatchers/:uuid/agents/set',
    about: 'Adds an agent to a dispatcher, or changes its size, lanes or tasks.',
    input: z.strictObject({
      ...agent,
      size: z.int().min(0).describe('so many jobs at a time; 0: it claims none').optional(),
      lanes: z.array(z.string()).optional(),
      tasks: z.union([z.literal('all'), z.array(z.string())]).optional(),
    }),
    async answer(call) {
      const { queue, name, size, lanes, tasks } = call.input;
      if (size === undefined && lanes === undefined && tasks === undefined)
        throw new Problem(400, 'BAD_INPUT', 'give size, lanes or tasks');
      const uuid = await uuidOf(call);
      const change = {
        ...(size !== undefined && { size }),
        ...(lanes && { lanes }),
        ...(tasks && { tasks }),
      };
      await call.view.dispatchers.setAgent(uuid, queue, name, change);
      return { uuid, queue, name };
    },
  }),
  action({
    path: '/api/dispatchers/:uuid/agents/remove',
    about: 'Removes an agent of a dispatcher: it claims no more, and its jobs go on.',
    input: z.strictObject(agent),
    async answer(call) {
      const { queue, name } = call.input;
      const uuid = await uuidOf(call);
      await call.view.dispatchers.removeAgent(uuid, queue, name);
      return { uuid, queue, name, removed: true };
    },
  }),
];

async function uuidOf({ view, param }: Call<unknown>): Promise<string> {
  return (await findDispatcher(view, param('uuid'))).uuid;
}

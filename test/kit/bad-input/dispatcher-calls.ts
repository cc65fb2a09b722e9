// Calls on dispatchers, and on the list of dispatchers, that are given anything (B2).
import { Dispatchers } from '@drover/core';
import { Dispatcher } from '@drover/worker';
import type { TestContext } from '../context.js';
import { asKey, withoutPlace, type Calls } from './given.js';

export function dispatcherCalls({ redisUrl }: TestContext, fleet: Dispatchers): Calls {
  const served = { connection: redisUrl, queues: { work: { main: {} } } };
  const [idle, changed] = [new Dispatcher(served), new Dispatcher(served)];
  return {
    'new Dispatcher': ({ name, options }) => {
      new Dispatcher({
        connection: redisUrl,
        queues: { [asKey(name)]: { main: {} } },
        ...withoutPlace(options),
      });
    },
    'new Dispatcher, agent': ({ name, options }) => {
      new Dispatcher({ connection: redisUrl, queues: { work: { [asKey(name)]: options } } });
    },
    'new Dispatchers': ({ options }) => new Dispatchers(withoutPlace(options)).close(),
    'fleet.get': async ({ name }) => await fleet.get(name),
    'fleet.forget': async ({ value }) => await fleet.forget(value),
    'fleet.setAgent': async ({ name, options }) =>
      await fleet.setAgent(idle.uuid, name, 'main', options),
    'fleet.removeAgent': async ({ name, value }) =>
      await fleet.removeAgent(idle.uuid, 'work', name, { timeout: value }),
    'fleet.drain': async ({ value }) => await fleet.drain(idle.uuid, { grace: value }),
    setAgent: async ({ name, options }) => await changed.setAgent('work', name, options),
    'setAgent, lanes': async ({ name }) =>
      await changed.setAgent('work', 'main', { lanes: [name] }),
    removeAgent: async ({ name }) => await changed.removeAgent(name, 'main'),
    statistics: ({ options }) => idle.statistics(options),
    polls: ({ options }) => idle.polls(options),
    activeJobs: ({ options }) => idle.activeJobs(options),
    'deactivate, grace': ({ value }) => new Dispatcher(served).deactivate({ grace: value }),
    'deactivate, options': ({ options }) => new Dispatcher(served).deactivate(options),
  };
}

// Middleware of the workers, around each run (J11). The start of a run says what is around it, and
// which agent runs it.
import { local } from '@drover/core';
import type { Dispatcher, Middleware } from '@drover/worker';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { History } from './history.js';

interface Around {
  /** The middleware, outermost first. */
  around: readonly string[];
  agent?: string;
}

const storage = new AsyncLocalStorage<Around>();

/** Of the run that calls it. */
export function aroundRun(): Around {
  return storage.getStore() ?? { around: [] };
}

/** Knows the agent, and writes down that the run has ended. */
export function outer(dispatcher: Dispatcher, history: History): Middleware {
  return async ({ id }, next) => {
    const { fence } = local;
    const info = dispatcher.jobInfo(id);
    const agent = info?.fence === fence ? { agent: info.agent } : {};
    try {
      return await storage.run({ around: ['outer'], ...agent }, next);
    } finally {
      history.note({ what: 'left', job: id, fence });
    }
  };
}

export const inner: Middleware = async (_job, next) => {
  const outside = aroundRun();
  return await storage.run({ ...outside, around: [...outside.around, 'inner'] }, next);
};

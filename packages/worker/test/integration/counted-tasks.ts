// Tasks that count their runs, and a call whose reply or request is lost.
import { defineTask, local } from '@drover/core';
import type { FaultProxy } from '../../../../test/kit/fault-proxy.js';

/** The number of runs of each job, by id. */
export const runs = new Map<string, number>();

export const counted = (): number => {
  const { id } = local.getJob();
  runs.set(id, (runs.get(id) ?? 0) + 1);
  return runs.get(id) as number;
};

export const fails = defineTask('lost.fails', (): never => {
  throw new RangeError(`run ${counted()}`);
});

export const gives = defineTask('lost.gives', () => counted());

/**
 * Calls, and loses the reply or the request; the repeated request waits at the proxy until
 * `meanwhile` has ended.
 */
export async function disturbed(
  proxy: FaultProxy,
  script: string | [first: string, repeated: string],
  kind: 'lose reply' | 'lose request',
  call: () => Promise<unknown>,
  meanwhile: () => Promise<unknown>,
): Promise<void> {
  const [first, second] = typeof script === 'string' ? [script, script] : script;
  const lost = proxy.next(first, { kind });
  const repeated = proxy.next(second, { kind: 'black hole' });
  const calling = call();
  calling.catch(() => {});
  await lost;
  await repeated;
  await meanwhile();
  proxy.heal();
  await calling;
}

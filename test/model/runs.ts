// How a run of a job ends, in the real system and in the model: with its result, its parts, or
// later; its reply may be lost.
import { appendJobs } from '@drover/core';
import { commit } from '../../packages/worker/src/run/commit.js';
import type { Activation, Run } from '../../packages/worker/src/activation/activation.js';
import type { Committed, Outcome } from '../../packages/worker/src/activation/outcome.js';
import { call } from '../../packages/worker/src/run/call.js';
import { decide } from '../../packages/worker/src/run/decide.js';
import { getReady } from '../../packages/worker/src/run/ready.js';
import { policyOf } from './changes.js';
import { losingFirstReply } from './faults.js';
import type { Player, System } from './system.js';
import { doNext, plain } from './tasks.js';

/** Ends a run: with its result; a flow first schedules its parts; a part may append to its flow. */
export async function finish(
  system: System,
  player: Player,
  pick: number,
  how: 'reply lost' | 'appends' | '' = '',
): Promise<void> {
  const { activation } = player;
  const runs =
    how === 'appends'
      ? player.runs.filter(({ claim }) => system.model.job(claim.id).above)
      : player.runs;
  const run = runs.at(pick % Math.max(1, runs.length));
  if (!activation || !run) return;
  const { claim } = run;
  const job = system.model.job(claim.id);
  const isHeld = job.holder === claim.token;
  const outcome = await outcomeOf(
    system,
    run,
    activation,
    how === 'appends' ? job.above : undefined,
  );
  if (isHeld) expect([claim.id, outcome.kind]).toEqual([claim.id, system.model.outcome(job)]);
  const puts = outcome.kind === 'done' ? (outcome.puts?.stored ?? []) : [];
  if (isHeld && how === 'appends' && outcome.kind === 'done') expect(puts).toHaveLength(1);
  const committed = await store(
    system,
    run,
    activation,
    outcome,
    how === 'reply lost' && outcome.kind === 'done',
  );
  run.hasEnded = true;
  activation.retire(claim.token);
  player.runs.splice(player.runs.indexOf(run), 1);
  expect([claim.id, committed.kind]).toEqual([claim.id, isHeld ? 'stored' : 'reassigned']);
  if (!isHeld) return;
  if (outcome.kind === 'postponed') return system.model.putBack(job, job.claimedWith);
  if (outcome.kind === 'waitsFor') {
    const parts = outcome.schedule?.jobs.map(({ id }) => id) ?? [];
    expect(parts.slice(2)).toEqual(job.appended);
    return system.model.wait(claim.id, parts, `${activation.uuid}:${activation.epoch}`);
  }
  // They are appended before it ends: the flow waits for them too.
  for (const put of puts)
    if (job.above) system.model.addPart(system.model.job(job.above), put.job.id);
  system.model.complete(claim.id);
}

/**
 * The outcome of a run, by its task and its stored fields. `appends`: its task appends to the flow
 * that it is a part of.
 */
async function outcomeOf(
  system: System,
  run: Run,
  activation: Activation,
  appendsTo: string | undefined,
): Promise<Outcome> {
  const queue = system.context.queue(system.queue);
  const store = system.lane('main');
  doNext(
    appendsTo === undefined
      ? undefined
      : async () => {
          const joining = await queue.get(appendsTo);
          if (joining)
            await appendJobs(joining, [
              plain.job().with({ retryPolicy: policyOf(system, appendsTo) }),
            ]);
        },
  );
  const deps = {
    queue,
    store,
    activation,
    threads: undefined,
    interrupt: () => Promise.resolve(),
    onStarted: () => {},
    onRateLimit: () => {},
    onError: () => {},
    middleware: [],
    systemTasks: new Map(),
  };
  const ready = await getReady(run, deps);
  if (!('call' in ready)) return ready;
  return await call(run, ready, deps, (result) => decide(run, ready, result, deps));
}

async function store(
  system: System,
  run: Run,
  activation: Activation,
  outcome: Outcome,
  loseReply: boolean,
): Promise<Committed> {
  const store = loseReply
    ? losingFirstReply(system.newStore(system.queue, 'main'))
    : system.lane('main');
  const place = {
    store,
    activation,
    onError: () => {},
  };
  return await commit(run, outcome, place);
}

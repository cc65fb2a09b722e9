// Random histories of jobs and dispatchers: each command is one step of the real system and of the
// model, compared after it.
import fc from 'fast-check';
import type { TestContext } from '../kit/context.js';
import { append, cancel, put } from './changes.js';
import { declareDead } from './cleaning.js';
import { startClock, stopClock, tick } from './clock.js';
import { finish } from './runs.js';
import { System, type Player } from './system.js';
import { WRITES } from './zombie-writes.js';

type Command = fc.AsyncCommand<object, System>;

/** Whether a step has done what it is for, where the model does not tell. */
type Effect = Promise<boolean | void> | boolean | void;

/** How often each command has changed anything: one that never does tests nothing. */
const effects = new Map<string, number>();

/** @param kind the same for all numbers that it may be made with */
function command(name: string, step: (system: System) => Effect, kind = name): Command {
  return {
    check: () => true,
    run: async (_, system) => {
      const before = system.model.summary();
      const isDone = await step(system);
      await system.check();
      const hasEffect = isDone ?? system.model.summary() !== before;
      effects.set(kind, (effects.get(kind) ?? 0) + Number(hasEffect));
    },
    toString: () => name,
  };
}

type Step = (system: System, player: Player) => Effect;

/** A step of one of the two dispatchers. */
const by = (name: string, step: Step, kind = name) =>
  fc
    .nat({ max: 1 })
    .map((n) =>
      command(
        `${n ? 'B' : 'A'} ${name}`,
        (system) => step(system, system.players[n] as Player),
        kind,
      ),
    );

const pick = fc.nat({ max: 9 });

const commands = [
  fc
    .record({
      flow: fc.constantFrom(undefined, 'at once' as const, 'in order' as const),
      policy: fc.constantFrom('forever' as const, 'later' as const),
      isLimited: fc.boolean(),
    })
    .map(({ isLimited, ...traits }) =>
      command(
        `put ${Object.values(traits).join(' ')}${isLimited ? ' limited' : ''}`,
        (system) => put(system, traits, isLimited),
        'put',
      ),
    ),
  fc
    .tuple(fc.nat({ max: 1 }), fc.constantFrom('at once' as const, 'in order' as const))
    .map(([n, flow]) =>
      command(
        `${n ? 'B' : 'A'} lets a flow wait ${flow}`,
        async (system) => {
          const player = system.players[n] as Player;
          await put(system, { flow, policy: 'forever' }, false);
          await system.claim(player, false);
          await finish(system, player, -1);
        },
        'flow waits',
      ),
    ),
  ...(['', '', 'appends', 'appends', 'reply lost'] as const).map((how) =>
    by(
      `claims and finishes ${how}`,
      async (system, player) => {
        await system.claim(player, false);
        await finish(system, player, -1, how);
      },
      `finishes ${how}`,
    ),
  ),
  fc.constant(
    command('tick', () => {
      tick();
      return true;
    }),
  ),
  pick.map((n) => command(`append to flow ${n}`, (system) => append(system, n), 'append')),
  pick.map((n) => command(`cancel job ${n}`, (system) => cancel(system, n), 'cancel')),
  by('claims what is overdue', (system, player) => system.claimOverdue(player), 'overdue'),
  by(
    'finishes, having appended',
    (system, player) => finish(system, player, 0, 'appends'),
    'finishes appends',
  ),
  by(
    'finishes its last, having appended',
    (system, player) => finish(system, player, 7, 'appends'),
    'finishes appends',
  ),
  ...[1, 2, 3, 4].map(() => by('claims', (system, player) => system.claim(player, false))),
  by('claims, the reply is lost', (system, player) => system.claim(player, true)),
  ...[1, 2, 3].map(() =>
    by('finishes', (system, player) => finish(system, player, 0), 'finishes '),
  ),
  by('finishes its last', (system, player) => finish(system, player, 7), 'finishes '),
  by(
    'finishes, the reply is lost',
    (system, player) => finish(system, player, 0, 'reply lost'),
    'finishes reply lost',
  ),
  by('crashes', (system, player) => {
    const lived = player.activation !== undefined;
    system.crash(player);
    return lived;
  }),
  by('starts, or pings', (system, player) => system.ping(player)),
  by('declares the other dead', (system, player) => declareDead(system, player, 'not')),
  ...(['at the start', 'after one', 'before the end', 'at the end'] as const).map((dies) =>
    by(`declares the other dead, and dies ${dies}`, (system, player) =>
      declareDead(system, player, dies),
    ),
  ),
  by('audits', (system, player) => system.audit(player)),
  by(
    'loses the reply to a claim, and audits',
    async (system, player) => {
      await system.claim(player, true);
      const before = system.model.summary();
      await system.audit(player);
      return system.model.summary() !== before;
    },
    'audits',
  ),
  by('handles an interrupt', (system, player) => system.handle(player, false)),
  by('handles an interrupt, and dies', (system, player) => system.handle(player, true)),
  by(
    'lets a job become overdue, and claims what is',
    async (system, player) => {
      await put(system, { flow: undefined, policy: 'forever' }, true);
      tick();
      tick();
      const before = system.model.summary();
      await system.claimOverdue(player);
      return system.model.summary() !== before;
    },
    'overdue',
  ),
  ...[1, 2, 3, 4].map(() =>
    fc
      .record({ n: fc.nat({ max: 1 }), pick: fc.nat({ max: 5 }), name: fc.constantFrom(...WRITES) })
      .map(({ n, pick, name }) =>
        command(
          `${n ? 'B' : 'A'} has lost job ${pick}, and writes: ${name}`,
          async (system) => {
            if (system.lost.length === 0) await lose(system, system.players[n] as Player);
            return await system.zombieWrite(pick, name);
          },
          name,
        ),
      ),
  ),
];

/** Its process dies while it runs a job, and the next one interrupts that. */
async function lose(system: System, player: Player): Promise<void> {
  await put(system, { flow: undefined, policy: 'forever' }, false);
  await system.ping(player);
  await system.claim(player, false);
  system.crash(player);
  await system.ping(player);
}

/**
 * Puts, flows, claims (2), finishes (3), ticks, appends, cancels, overdue ones, crashes, starts,
 * deaths (5), audits, interrupts (2); and writes.
 */
const KINDS = 21 + WRITES.length;

/** Everything that was put ends. */
async function driveToTheEnd(system: System): Promise<void> {
  for (
    let round = 0;
    round < 100 && !(system.model.isDone && system.model.interrupts.size === 0);
    round++
  ) {
    tick();
    for (const player of system.players) {
      await system.ping(player);
      await system.audit(player);
      await system.handle(player, false);
      await system.claim(player, false);
      await finish(system, player, 0);
    }
  }
  await system.check();
  expect(system.model.isDone).toBe(true);
}

let count = 0;

/** Runs that many histories. A failing one is shrunk, and says its seed and path. */
export async function histories(context: TestContext, numRuns: number): Promise<void> {
  const property = fc.asyncProperty(
    fc.commands(commands, { maxCommands: 60, size: 'max' }),
    async (history) => {
      const system = new System(context, `model-${++count}`);
      stopClock(context.redis);
      try {
        await system.start();
        await fc.asyncModelRun(() => ({ model: {}, real: system }), history);
        await driveToTheEnd(system);
      } finally {
        await startClock();
      }
    },
  );
  effects.clear();
  await fc.assert(property, { numRuns, endOnFailure: false });
  expect([...effects].filter(([, count]) => count === 0).map(([kind]) => kind)).toEqual([]);
  // A kind that never came up is none of these.
  expect(effects.size).toBe(KINDS);
}

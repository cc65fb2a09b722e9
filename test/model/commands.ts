// Random histories of jobs and dispatchers: each command is one step of the real system and of the model, compared after it.
import fc from 'fast-check';
import type { TestContext } from '../kit/context.js';
import { append, cancel, put } from './changes.js';
import { declareDead } from './cleaning.js';
import { startClock, stopClock, tick } from './clock.js';
import { finish } from './runs.js';
import { System, type Player } from './system.js';
import { WRITES } from './zombie-writes.js';

type Command = fc.AsyncCommand<object, System>;

function command(name: string, step: (system: System) => Promise<void> | void): Command {
  return {
    check: () => true,
    run: async (_, system) => {
      await step(system);
      await system.check();
    },
    toString: () => name,
  };
}

type Step = (system: System, player: Player) => Promise<void> | void;

/** A step of one of the two dispatchers. */
const by = (name: string, step: Step) =>
  fc.nat({ max: 1 }).map((n) => command(`${n ? 'B' : 'A'} ${name}`, (system) => step(system, system.players[n]!)));

const pick = fc.nat({ max: 9 });

const commands = [
  fc
    .record({
      flow: fc.constantFrom(undefined, 'at once' as const, 'in order' as const),
      policy: fc.constantFrom('forever' as const, 'later' as const),
      isLimited: fc.boolean(),
    })
    .map(({ isLimited, ...traits }) =>
      command(`put ${Object.values(traits).join(' ')}${isLimited ? ' limited' : ''}`, (system) =>
        put(system, traits, isLimited),
      ),
    ),
  fc.tuple(fc.nat({ max: 1 }), fc.constantFrom('at once' as const, 'in order' as const)).map(([n, flow]) =>
    command(`${n ? 'B' : 'A'} lets a flow wait ${flow}`, async (system) => {
      const player = system.players[n] as Player;
      await put(system, { flow, policy: 'forever' }, false);
      await system.claim(player, false);
      await finish(system, player, -1);
    }),
  ),
  ...(['', '', 'appends', 'appends', 'reply lost'] as const).map((how) =>
    by(`claims and finishes ${how}`, async (system, player) => {
      await system.claim(player, false);
      await finish(system, player, -1, how);
    }),
  ),
  fc.constant(command('tick', tick)),
  pick.map((n) => command(`append to flow ${n}`, (system) => append(system, n))),
  pick.map((n) => command(`cancel job ${n}`, (system) => cancel(system, n))),
  by('claims what is overdue', (system, player) => system.claimOverdue(player)),
  by('finishes, having appended', (system, player) => finish(system, player, 0, 'appends')),
  by('finishes its last, having appended', (system, player) => finish(system, player, 7, 'appends')),
  ...[1, 2, 3, 4].map(() => by('claims', (system, player) => system.claim(player, false))),
  by('claims, the reply is lost', (system, player) => system.claim(player, true)),
  ...[1, 2, 3].map(() => by('finishes', (system, player) => finish(system, player, 0))),
  by('finishes its last', (system, player) => finish(system, player, 7)),
  by('finishes, the reply is lost', (system, player) => finish(system, player, 0, 'reply lost')),
  by('crashes', (system, player) => system.crash(player)),
  by('starts, or pings', (system, player) => system.ping(player)),
  by('declares the other dead', (system, player) => declareDead(system, player, 'not')),
  ...(['at the start', 'after one', 'before the end', 'at the end'] as const).map((dies) =>
    by(`declares the other dead, and dies ${dies}`, (system, player) => declareDead(system, player, dies)),
  ),
  by('audits', (system, player) => system.audit(player)),
  by('handles an interrupt', (system, player) => system.handle(player, false)),
  by('handles an interrupt, and dies', (system, player) => system.handle(player, true)),
  fc
    .tuple(fc.nat({ max: 5 }), fc.constantFrom(...WRITES))
    .map(([pick, name]) => command(`zombie: ${name}`, (system) => system.zombieWrite(pick, name))),
];

/** Everything that was put ends. */
async function driveToTheEnd(system: System): Promise<void> {
  for (let round = 0; round < 100 && !(system.model.isDone && system.model.interrupts.size === 0); round++) {
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
  const property = fc.asyncProperty(fc.commands(commands, { maxCommands: 60, size: 'max' }), async (history) => {
    const system = new System(context, `model-${++count}`);
    stopClock();
    try {
      await system.start();
      await fc.asyncModelRun(() => ({ model: {}, real: system }), history);
      await driveToTheEnd(system);
    } finally {
      startClock();
    }
  });
  await fc.assert(property, { numRuns, endOnFailure: false });
}

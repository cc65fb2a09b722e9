// Random histories of jobs and dispatchers: each command is one step of the real system and of the model, compared after it.
import fc from 'fast-check';
import type { TestContext } from '../kit/context.js';
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

const commands = [
  fc.boolean().map((isFlow) => command(isFlow ? 'put flow' : 'put', (system) => system.put(isFlow))),
  by('claims', (system, player) => system.claim(player, false)),
  by('claims', (system, player) => system.claim(player, false)),
  by('claims, the reply is lost', (system, player) => system.claim(player, true)),
  by('finishes', (system, player) => system.finish(player, 0, false)),
  by('finishes its last', (system, player) => system.finish(player, 7, false)),
  by('finishes, the reply is lost', (system, player) => system.finish(player, 0, true)),
  by('crashes', (system, player) => system.crash(player)),
  by('starts, or pings', (system, player) => system.ping(player)),
  by('declares the other dead', (system, player) => system.declareDead(player, 'nothing')),
  by('declares the other dead, and dies', (system, player) => system.declareDead(player, 'the end')),
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
    for (const player of system.players) {
      await system.ping(player);
      await system.audit(player);
      await system.handle(player, false);
      await system.claim(player, false);
      await system.finish(player, 0, false);
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
    await system.start();
    await fc.asyncModelRun(() => ({ model: {}, real: system }), history);
    await driveToTheEnd(system);
  });
  await fc.assert(property, { numRuns, endOnFailure: false });
}

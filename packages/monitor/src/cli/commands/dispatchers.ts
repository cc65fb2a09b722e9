// `drover dispatchers`, `dispatcher`, `drain`, `agent` and `forget`: dispatchers of any process.
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { findDispatcher } from '../../model/find-dispatcher.js';
import { argument, tell, WrongUse, type Act, type Session } from '../command.js';
import { numberIn } from '../values.js';
import { showDispatcher } from '../show-dispatcher.js';
import { showDispatchers } from './status.js';

const UUID = ['<uuid>', 'of a dispatcher; its beginning is enough'] as const;
/** Ms between two looks at a dispatcher that ends. */
const LOOKS = 200;

export function addDispatchers(program: Command, act: Act): void {
  const list = program
    .command('dispatchers')
    .description('all dispatchers, of all processes and hosts')
    .option('--ended', 'also those that were deactivated');
  act(list, async ({ view, screen, isJson }, _, { ended }) => {
    const [now, infos] = await Promise.all([view.now(), view.dispatchers.list()]);
    const states = infos.map((info) => ({ ...info, pingAge: now - info.lastPing }));
    const shown = ended ? states : states.filter(({ status }) => status !== 'deactivated');
    if (isJson) for (const state of shown) screen.record(state);
    else showDispatchers(screen, states, ended === true);
  });

  const one = program
    .command('dispatcher')
    .argument(...UUID)
    .description('one dispatcher: its agents, what runs in them since when, and its tasks');
  act(one, async ({ view, screen, isJson }, args) => {
    const { uuid } = await findDispatcher(view, argument(args, 0));
    const found = await view.dispatcher(uuid);
    if (isJson) screen.document(found);
    else showDispatcher(screen, found);
  });

  const drain = program
    .command('drain')
    .argument(...UUID)
    .description('deactivates a dispatcher: it claims no more, and interrupts what goes on')
    .option('--grace <seconds>', 'running jobs may go on for so long', '0')
    .option('--wait', 'until it is deactivated');
  act(drain, async (session, args, options) => {
    const { uuid } = await findDispatcher(session.view, argument(args, 0));
    const grace = numberIn('--grace', options['grace'], 0) * 1_000;
    await session.view.dispatchers.drain(uuid, { grace });
    const status = options['wait'] ? await untilEnded(session, uuid) : 'draining';
    tell(session, { uuid, status }, `Dispatcher ${uuid} is ${status}.`);
    return status === 'draining' || status === 'deactivated' ? 0 : 1;
  });

  addAgent(program, act);

  const forget = program
    .command('forget')
    .argument(...UUID)
    .description('removes the record of a dispatcher that was deactivated');
  act(forget, async (session, args) => {
    const { uuid } = await findDispatcher(session.view, argument(args, 0));
    await session.view.dispatchers.forget(uuid);
    tell(session, { uuid, forgotten: true }, `Dispatcher ${uuid} is forgotten.`);
  });
}

function addAgent(program: Command, act: Act): void {
  const agent = program
    .command('agent')
    .argument(...UUID)
    .argument('<queue>')
    .argument('<name>', 'of the agent')
    .description('adds an agent to a dispatcher, changes one, or removes it')
    .option('--size <count>', 'so many jobs at a time; 0: it claims none')
    .option('--lanes <lane...>', 'the lanes from which it claims')
    .option('--remove', 'it claims no more, and goes when its jobs have ended')
    .addHelpText('after', '\nExample:\n  drover agent 3f2a images gpu --size 1 --lanes gpu');
  act(agent, async (session, args, options) => {
    const { uuid } = await findDispatcher(session.view, argument(args, 0));
    const [, queue = '', name = ''] = args;
    const { size, lanes, remove } = options as { size?: string; lanes?: string[]; remove?: true };
    if ((remove === true) === (size !== undefined || lanes !== undefined))
      throw new WrongUse('agent needs --size, --lanes or both; or --remove');
    const { dispatchers } = session.view;
    if (remove) await dispatchers.removeAgent(uuid, queue, name);
    else
      await dispatchers.setAgent(uuid, queue, name, {
        ...(size !== undefined && { size: numberIn('--size', size, 0) }),
        ...(lanes && { lanes }),
      });
    const agents = (await dispatchers.get(uuid))?.agents ?? [];
    const now = agents.find((one) => one.queue === queue && one.name === name);
    const says = now
      ? `has the size ${now.size}, and serves ${now.lanes.join(', ')}`
      : 'is removed';
    tell(session, { uuid, agent: now ?? null }, `The agent ${queue}/${name} ${says}.`);
  });
}

/** The status in which a dispatcher ends; 'draining' where the user stops waiting. */
async function untilEnded({ view, terminal }: Session, uuid: string): Promise<string> {
  for (;;) {
    const found = await view.dispatchers.get(uuid);
    if (!found || found.status === 'deactivated') return 'deactivated';
    if (found.status === 'dead') return 'dead';
    if (terminal.signal.aborted) return 'draining';
    await pause(LOOKS, undefined, { signal: terminal.signal }).catch(() => undefined);
  }
}

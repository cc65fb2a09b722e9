// `drover top` and `tail`: the fleet live, as a screen that is drawn again, and as lines.
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import type { FleetEvent } from '../../model/follow.js';
import { moment } from '../../text/words.js';
import type { Act, Session } from '../command.js';
import { numberIn } from '../values.js';
import type { Style } from '../screen.js';
import { showStatus } from './status.js';

export function addLive(program: Command, act: Act): void {
  const top = program
    .command('top')
    .description('status, live: q or Ctrl-C ends it, p freezes it, f follows events as tail does')
    .option('--every <seconds>', 'between two looks', '2');
  act(top, async (session, _, options) => {
    const { view, screen, isJson, terminal } = session;
    const quit = new AbortController();
    const mode = { isFrozen: false, follows: false };
    const follower = view.follow();
    const stop = terminal.keys((key) => {
      if (key === 'q') quit.abort();
      if (key === 'p') mode.isFrozen = !mode.isFrozen;
      if (key === 'f') mode.follows = !mode.follows;
    });
    const look = async (): Promise<void> => {
      if (mode.isFrozen) return;
      const status = mode.follows ? undefined : await view.status();
      // Also while nothing is told of them: a user who follows later sees what comes from then on.
      const events = await follower.next({ status });
      if (!status) tellEvents(session, events);
      else if (isJson) screen.record(status);
      else {
        screen.clear();
        showStatus(screen, status);
      }
    };
    try {
      await repeatedly(AbortSignal.any([terminal.signal, quit.signal]), options['every'], look);
    } finally {
      stop();
    }
  });

  const tail = program
    .command('tail')
    .argument('[queue]', 'default: all')
    .description('a line for each job that ends, and for changes of dispatchers: Ctrl-C ends it')
    .option('--every <seconds>', 'between two looks', '1');
  act(tail, async (session, [queue], options) => {
    const follower = session.view.follow(queue);
    // The first look gives nothing: it says from when on events are told.
    await follower.next();
    if (!session.isJson)
      session.screen.line(`Follows ${queue ?? 'all queues'}. Ctrl-C ends it.`, 'dim');
    const look = async (): Promise<void> => tellEvents(session, await follower.next());
    await repeatedly(session.terminal.signal, options['every'], look);
  });
}

function tellEvents({ screen, isJson }: Session, events: readonly FleetEvent[]): void {
  for (const event of events)
    if (isJson) screen.record(event);
    else screen.cut(`${moment(event.at).slice(11, 23)}  ${event.says}`, STYLES[event.event]);
}

const STYLES: Readonly<Partial<Record<FleetEvent['event'], Style>>> = {
  failed: 'red',
  died: 'red',
  missed: 'yellow',
  paused: 'yellow',
};

/** Until the user ends it. */
async function repeatedly(
  signal: AbortSignal,
  every: unknown,
  look: () => Promise<void>,
): Promise<void> {
  const ms = numberIn('--every', every) * 1_000;
  while (!signal.aborted) {
    await look();
    await pause(ms, undefined, { signal }).catch(() => undefined);
  }
}

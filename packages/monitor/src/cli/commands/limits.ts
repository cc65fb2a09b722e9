// `drover limits`: how many jobs of a queue start in so long.
import { Argument, type Command } from 'commander';
import type { Queue, RateLimit } from '@drover/core';
import { setRateLimit } from '../../model/settings.js';
import { span } from '../../text/words.js';
import { argument, tell, WrongUse, type Act, type Session } from '../command.js';
import { numberIn, spanIn } from '../values.js';

export function addLimits(program: Command, act: Act): void {
  const limits = program
    .command('limits')
    .argument('<queue>')
    .addArgument(new Argument('[action]', 'what to do').choices(['set', 'remove']))
    .argument('[name]', 'of a rate limit')
    .argument('[max]', 'how many jobs may start ...')
    .argument('[duration]', '... in so long: 500ms, 1s, 5m')
    .option('--keyed', 'of a new one: each key has such a limit')
    .description('the rate limits of a queue, and how many jobs wait')
    .addHelpText('after', '\nExample:\n  drover limits images set api 10 1s');
  act(limits, async (session, args, { keyed }) => {
    const queue = session.view.queue(argument(args, 0));
    const [, action, name, max, duration] = args;
    if (action === undefined) await showLimits(session, queue);
    else if (name === undefined)
      throw new WrongUse(`limits ${action} needs the name of a rate limit`);
    else if (action === 'set') {
      const rate = { max: numberIn('max', max, 0), duration: spanIn('duration', duration) };
      await setRateLimit(queue, name, rate, keyed === true);
      const per = `${rate.max} in ${span(rate.duration)}`;
      const document = { queue: queue.name, rateLimit: name, ...rate };
      tell(session, document, `The rate limit ${name} is ${per}.`);
    } else {
      await queue.rateLimits.remove(name);
      const document = { queue: queue.name, rateLimit: name, removed: true };
      tell(session, document, `The rate limit ${name} is gone.`);
    }
  });
}

async function showLimits({ screen, isJson, view }: Session, queue: Queue): Promise<void> {
  const [limits, now] = await Promise.all([queue.rateLimits.list(), view.now()]);
  if (isJson) for (const limit of limits) screen.record(limit);
  else if (limits.length === 0) screen.line(`The queue ${queue.name} has no rate limits.`);
  else
    screen.table(
      [
        { title: 'LIMIT', least: 8 },
        { title: 'STARTS', align: 'right' },
        { title: 'IN', align: 'right' },
        { title: 'STARTED', align: 'right' },
        { title: 'WAITING', align: 'right' },
        { title: 'STATE', least: 12 },
      ],
      limits.map((limit) => [
        ...[limit.name, String(limit.max), span(limit.duration)],
        ...[String(limit.started ?? '-'), String(limit.waiters ?? '-'), stateOf(limit, now)],
      ]),
      limits.map(({ waiters = 0, closedUntil }) =>
        waiters > 0 || closedUntil !== undefined ? 'yellow' : undefined,
      ),
    );
}

function stateOf({ keys, closedUntil }: RateLimit, now: number): string {
  if (closedUntil !== undefined) return `closed for ${span(closedUntil - now)}`;
  return keys === undefined ? 'open' : `keys with jobs: ${keys}`;
}

// `drover limits`: how many jobs of a queue start in so long.
import type { Command } from 'commander';
import type { Queue, RateLimit } from '@drover/core';
import { setRateLimit } from '../../model/settings.js';
import { span } from '../../text/words.js';
import { tell, type Act, type Session } from '../command.js';
import { numberIn, spanIn } from '../values.js';
import { addSettings, showItems, type Line } from './setting.js';

export function addLimits(program: Command, act: Act): void {
  const actions = { set, remove };
  addSettings(program, act, { command: 'limits', one: 'rate limit', show, actions })
    .argument('[max]', 'how many jobs may start ...')
    .argument('[duration]', '... in so long: 500ms, 1s, 5m')
    .option('--keyed', 'of a new one: each key has such a limit')
    .description('the rate limits of a queue, and how many jobs wait')
    .addHelpText('after', '\nExample:\n  drover limits images set api 10 1s');
}

async function set(
  session: Session,
  queue: Queue,
  { name, words: [max, duration], options: { keyed } }: Line,
): Promise<void> {
  const rate = { max: numberIn('max', max, 0), duration: spanIn('duration', duration) };
  await setRateLimit(queue, name, rate, keyed === true);
  const document = { queue: queue.name, rateLimit: name, ...rate };
  tell(session, document, `The rate limit ${name} is ${rate.max} in ${span(rate.duration)}.`);
}

async function remove(session: Session, queue: Queue, { name }: Line): Promise<void> {
  await queue.rateLimits.remove(name);
  const document = { queue: queue.name, rateLimit: name, removed: true };
  tell(session, document, `The rate limit ${name} is gone.`);
}

async function show(session: Session, queue: Queue): Promise<void> {
  const [limits, now] = await Promise.all([queue.rateLimits.list(), session.view.now()]);
  showItems<RateLimit>(session, limits, {
    columns: [
      { title: 'LIMIT', least: 8 },
      { title: 'STARTS', align: 'right' },
      { title: 'IN', align: 'right' },
      { title: 'STARTED', align: 'right' },
      { title: 'WAITING', align: 'right' },
      { title: 'STATE', least: 12 },
    ],
    row: (limit) => [
      ...[limit.name, String(limit.max), span(limit.duration)],
      ...[String(limit.started ?? '-'), String(limit.waiters ?? '-'), stateOf(limit, now)],
    ],
    style: ({ waiters = 0, closedUntil }) =>
      waiters > 0 || closedUntil !== undefined ? 'yellow' : undefined,
    none: `The queue ${queue.name} has no rate limits.`,
  });
}

function stateOf({ keys, closedUntil }: RateLimit, now: number): string {
  if (closedUntil !== undefined) return `closed for ${span(closedUntil - now)}`;
  return keys === undefined ? 'open' : `keys with jobs: ${keys}`;
}

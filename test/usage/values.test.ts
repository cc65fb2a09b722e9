// Usage, "Jobs: closures" (what arguments may be): what a job is given, and what it gives back,
// arrives as what it was.
import { defineCodec, defineTask } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-values');
const queue = context.queue('values');
beforeAll(async () => void (await dispatchersIn(context).start('values')));

const echo = defineTask('values.echo', async (value: unknown) => value);
const sendRound = async (value: unknown) => await (await queue.put(echo.job(value))).wait();

// Plain data is stored as plain JSON, for any tool to read. Beside it, what JavaScript programs
// commonly hold has a form of its own.
it('J4 dates, maps, sets, big numbers, bytes and the like survive the trip', async () => {
  const order = {
    placed: new Date('1843-09-05T10:00:00Z'),
    lines: new Map([['cards', { count: 60_000, price: 1_234_567_890_123_456_789n }]]),
    tags: new Set(['engine', 'analytical']),
    note: undefined,
    pattern: /bernoulli/i,
    page: new URL('https://example.org/notes#G'),
    image: new Uint8Array([1, 8, 4, 3]),
  };
  expect(await sendRound(order)).toEqual(order);
});

// Also what refers to itself.
it('J4 a value may hold itself', async () => {
  const family: { name: string; parent?: unknown; children: unknown[] } = {
    name: 'Anabella',
    children: [],
  };
  family.children.push({ name: 'Ada', parent: family });
  const arrived = (await sendRound(family)) as typeof family;
  expect((arrived.children[0] as { parent: unknown }).parent).toBe(arrived);
});

// A class of one's own needs to say how it is stored. Every process that meets such values imports
// that, as it imports the tasks.
class Money {
  constructor(
    readonly amount: bigint,
    readonly currency: string,
  ) {}
}

it('J4 instances of a class travel once it has a codec', async () => {
  await expect(sendRound(new Money(42n, 'GBP'))).rejects.toMatchObject({
    code: 'DROVER_SERIALIZATION',
  });

  defineCodec('values.money', {
    class: Money,
    encode: ({ amount, currency }) => ({ amount, currency }),
    decode: ({ amount, currency }) => new Money(amount, currency),
  });
  const arrived = await sendRound(new Money(42n, 'GBP'));
  expect(arrived).toBeInstanceOf(Money);
  expect(arrived).toEqual(new Money(42n, 'GBP'));
});

// The parts of the harness end where what they wait for never comes: BullMQ's puts, the last jobs,
// the start of a worker.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testContext } from '../../../test/kit/context.js';
import { startFaultProxy } from '../../../test/kit/fault-proxy.js';
import { Random } from '../../../test/kit/faults/random.js';
import { drain } from '../../drain.js';
import { Fleet } from '../../fleet.js';
import { History } from '../../history.js';
import { StockProducer } from '../../stock/producer.js';

const { redis, prefix, redisUrl } = testContext('chaos-bounds');
let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'drover-chaos-bounds-'))));
afterAll(() => rm(folder, { recursive: true }));

it("the control: puts of BullMQ's that get no answer are told by name", async () => {
  const way = await startFaultProxy(redisUrl);
  way.blackHole();
  const place = { prefix, queue: 'silent' };
  const producer = new StockProducer(
    way.url,
    place,
    new History(folder, 'producer'),
    new Random(1, 1),
  );
  await producer.produce(2, 0);
  expect(await producer.ended(100)).toEqual(['putting job0', 'putting job1']);
  producer.close();
});

it('jobs that nothing happens to hang, and so do those to which something happens for ever', async () => {
  const base = `${prefix}:drained`;
  await redis.lpush(`${base}:wait`, 'a');
  const idsOf = async (...bounds: [patience: number, longest: number]) =>
    (await drain(redis, [base], ...bounds)).hanging.map(({ job }) => job);
  expect(await idsOf(150, 60_000)).toEqual(['a']);

  let isOver = false;
  const turning = (async () => {
    for (let n = 0; !isOver; n++) await redis.lset(`${base}:wait`, 0, `turn${n}`);
  })();
  expect(await idsOf(60_000, 400)).toEqual([expect.stringMatching(/^turn/)]);
  isOver = true;
  await turning;
  await redis.del(`${base}:wait`);
  expect(await idsOf(150, 60_000)).toEqual([]);
});

it('a worker that ends before it is active', async () => {
  const settings = {
    prefix,
    queue: 'work',
    folder,
    pingInterval: 200,
    deathInterval: 1_000,
    seed: 1,
  };
  // Beside this source there is no compiled program.
  const fleet = await Fleet.make(1, { ...settings, program: 'worker.js', url: redisUrl });
  await expect(fleet.start()).rejects.toThrow(
    `a worker ended with 1 before it was active: see its log in ${folder}`,
  );
  await fleet.end();
});

// Configuration, "UUID file location": where a dispatcher has its lasting name from.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dispatcher } from '@drover/worker';
import { cleanUpLater } from '../kit/cleanup.js';
import { testContext } from '../kit/context.js';

const { redisUrl: connection, prefix } = testContext('usage-uuid');

/** The UUID of a dispatcher that is made where `$DROVER_UUID` has this value. */
function uuidWith(value: string): string {
  const before = process.env['DROVER_UUID'];
  process.env['DROVER_UUID'] = value;
  try {
    return new Dispatcher({ connection, prefix, queues: { any: { main: {} } } }).uuid;
  } finally {
    if (before === undefined) delete process.env['DROVER_UUID'];
    else process.env['DROVER_UUID'] = before;
  }
}

// Programs that start others set variables easily, so that is where a dispatcher looks.
// `$DROVER_UUID` may be the path of a file. Where the file is not there, a UUID is made up and
// written to it: from then on it is the same one at each start. A file on a disk that outlives the
// process is all it takes to be recognised after a crash.
it('D1 $DROVER_UUID is a file: made on the first start, read on the next', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'drover-uuid-'));
  cleanUpLater(() => rm(folder, { recursive: true }));
  const file = join(folder, 'uuid.txt');

  const uuid = uuidWith(file);
  expect(uuid).toMatch(/^[0-9a-f-]{36}$/);
  expect((await readFile(file, 'utf8')).trim()).toBe(uuid);
  expect(uuidWith(file)).toBe(uuid);
});

// Or it is the UUID itself, as an orchestrator gives one to each of its pods.
it('D1 $DROVER_UUID is the UUID', () => {
  expect(uuidWith('0197b1f4-6f6b-4000-8000-0123456789ab')).toBe(
    '0197b1f4-6f6b-4000-8000-0123456789ab',
  );
});

// A value that is neither is a mistake in the set-up, and is told at the start.
it('D1 anything else is refused', () => {
  const make = () =>
    new Dispatcher({ connection, prefix, uuid: 'worker-1', queues: { any: { main: {} } } });
  expect(make).toThrow('does not hold a UUID, such as');
});

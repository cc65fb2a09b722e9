// Functions of the user that throw or reject are logged, and the process lives. Each case has a
// process of its own, which Node would end.
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newUuid, testContext } from '../../../../test/kit/context.js';

const context = testContext('user-callbacks');
/**
 * Numbers the programs, whose prefixes differ, since a dispatcher would run the jobs of another
 * one.
 */
let programs = 0;

interface Told {
  /** The value of `said` at the program's end. */
  said: unknown;
  /** The texts of its log, from level warn on. */
  log: string[];
  warnings: string;
}

async function run(body: string, options = ''): Promise<Told> {
  const program = `
    import {
      defineCodec, defineRetryPolicy, defineTask, Failure, local, Queue, retry,
    } from '@drover/core';
    import { Dispatcher } from '@drover/worker';
    import { pino } from 'pino';
    const { PREFIX: prefix, UUID: uuid } = process.env;
    const log = [];
    const write = (line) => {
      const { level, msg } = JSON.parse(line);
      if (level > 30) log.push(msg);
    };
    const logger = pino({}, { write });
    const { proxy: unreadable, revoke } = Proxy.revocable({}, {});
    revoke();
    const throws = () => { throw new Error('away'); };
    const rejects = async () => throws();
    const rejectsOddly = () => Promise.reject(unreadable);
    const all = { throws, rejects, rejectsOddly };
    const queues = { calls: { main: { size: 2 } } };
    const dispatcher = new Dispatcher({ prefix, uuid, logger, queues ${options} });
    const queue = new Queue('calls', { prefix });
    const end = (job) => job.wait().catch((error) => error.name);
    let said;
    ${body}
    await dispatcher.deactivate();
    await queue.close();
    // An unhandled rejection would have ended the process by now.
    await new Promise((resolve) => setImmediate(resolve));
    console.log(JSON.stringify({ said, log }));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: dirname(fileURLToPath(import.meta.url)),
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      PREFIX: `${context.prefix}${++programs}`,
      UUID: newUuid(),
      REDIS_URL: context.redisUrl,
    },
    timeout: 20_000,
  });
  let [output, warnings] = ['', ''];
  child.stdout.on('data', (data) => (output += String(data)));
  child.stderr.on('data', (data) => (warnings += String(data)));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect({ code, warnings: code === 0 ? '' : warnings }).toEqual({ code: 0, warnings: '' });
  return { ...(JSON.parse(output) as Omit<Told, 'warnings'>), warnings };
}

it.concurrent('D8 failing listeners are logged, and the other listeners are called', async () => {
  const { said, log } = await run(
    `
    said = { events: [], ends: [] };
    for (const event of ['activated', 'started', 'completed', 'failed', 'error']) {
      for (const listener of Object.values(all)) dispatcher.on(event, listener);
      dispatcher.once(event, () => said.events.push(event));
    }
    await dispatcher.activate();
    said.ends.push(await end(await queue.put(defineTask('works', () => 'fine').job())));
    said.ends.push(await end(await queue.put(defineTask('fails', throws).job())));
  `,
  );
  // The dispatcher's event and the wait come from Redis in either order.
  expect(said).toEqual({
    events: ['activated', 'started', 'completed', 'failed'],
    ends: ['fine', 'Error'],
  });
  expect(log.filter((text) => text === 'a listener of the dispatcher failed')).toHaveLength(3 * 5);
});

it.concurrent('B2 a failing logger is reported once, and jobs run', async () => {
  const { said, warnings } = await run(
    `
    await dispatcher.activate();
    said = [await end(await queue.put(defineTask('works', () => 'fine').job())),
      await end(await queue.put(defineTask('fails', throws).job()))];
  `,
    `, logger: {
      child: () => ({
        trace: throws, debug: throws, info: rejects, warn: throws, error: rejectsOddly,
        fatal: throws,
      }),
      trace: throws, debug: throws, info: rejects, warn: throws, error: throws, fatal: throws,
    }`,
  );
  expect(said).toEqual(['fine', 'Error']);
  expect(warnings.match(/the logger of the dispatcher .* failed: Error: away/g)).toHaveLength(1);
});

it.concurrent('B2 a failing onError of a queue is reported', async () => {
  const { said, warnings } = await run(`
    said = [];
    for (const [name, onError] of Object.entries(all)) {
      let heard;
      const told = new Promise((resolve) => { heard = resolve; });
      const away = new Queue(name, {
        prefix,
        connection: 'redis://127.0.0.1:1',
        onError: (error) => { heard(); return onError(error); },
      });
      await told;
      said.push(name);
      await away.close();
    }
  `);
  expect(said).toEqual(['throws', 'rejects', 'rejectsOddly']);
  expect(warnings.match(/onError of the queue \w+ failed/g)).toHaveLength(3);
});

it.concurrent(
  'D6 failing listeners of local.signal are logged, and the others are called',
  async () => {
    const { said, log } = await run(`
    said = [];
    const stops = defineTask('stops', async () => {
      const { signal } = local;
      for (const listener of Object.values(all)) signal.addEventListener('abort', listener);
      signal.addEventListener('abort', throws);
      signal.addEventListener('abort', { handleEvent: rejects });
      const removed = () => said.push('removed');
      signal.addEventListener('abort', removed);
      signal.removeEventListener('abort', removed);
      signal.onabort = throws;
      signal.onabort = () => { said.push(signal.aborted); throws(); };
      dispatcher.emit('running');
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      said.push('told');
      signal.throwIfAborted();
    });
    const running = new Promise((resolve) => dispatcher.once('running', resolve));
    await dispatcher.activate();
    const job = await queue.put(stops.job());
    await running;
    await job.cancel('enough');
    said.push(await end(job));
    said.push(await end(await queue.put(defineTask('works', () => 'fine').job())));
  `);
    expect(said).toEqual([true, 'told', 'CancelledError', 'fine']);
    expect(log.filter((text) => text === 'a listener of local.signal failed')).toHaveLength(5);
  },
);

it.concurrent('R1 a failing policy or function `on` ends the job once', async () => {
  const { said, log } = await run(`
    said = {};
    await dispatcher.activate();
    const answers = {
      ...all,
      promised: async () => true, word: () => 'no', one: () => 1, nothing: () => {}, nan: () => NaN,
    };
    for (const [name, answer] of Object.entries(answers)) {
      let runs = 0;
      const fails = defineTask('fails.' + name, () => { runs++; throws(); });
      const odd = defineTask('odd.' + name, () => { runs++; return () => {}; });
      const policies = [retry({ name: 'on.' + name, attempts: 3, on: answer })];
      const questions = { jobError: answer, commitError: answer, interrupted: answer };
      if (name !== 'one') policies.push(defineRetryPolicy(name, questions));
      for (const retryPolicy of policies)
        for (const task of [fails, odd]) await end(await queue.put(task.job(), { retryPolicy }));
      said[name] = runs / policies.length;
    }
  `);
  const names = ['throws', 'rejects', 'rejectsOddly', 'promised', 'word', 'one', 'nothing', 'nan'];
  expect(said).toEqual(Object.fromEntries(names.map((name) => [name, 2])));
  expect(log.filter((text) => text === 'its retry policy failed')).toHaveLength(
    2 * (2 * names.length - 1),
  );
});

it.concurrent(
  'J4 an async codec is a commit error when it encodes, a dead letter when it decodes',
  async () => {
    const { said } = await run(`
    said = [];
    await dispatcher.activate();
    class Receipt {}
    class Bill {}
    defineCodec('receipt', { class: Receipt, encode: rejects, decode: () => new Receipt() });
    defineCodec('bill', { class: Bill, encode: () => 1, decode: rejectsOddly });
    const job = await queue.put(defineTask('returns', () => new Receipt()).job());
    said.push(await job.wait().catch((error) => error.message));
    const refused = queue.put(defineTask('takes', () => 1).job(new Receipt()));
    said.push(await refused.catch((error) => error.path));
    const takes = await queue.put(defineTask('takesBill', () => 1).job(new Bill()));
    while ((await queue.deadLetters().list()).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 20));
    const found = await queue.deadLetters().list();
    said.push(found.map(({ id, reason }) => [id === takes.id, reason]));
  `);
    expect(said).toEqual([
      'result is encoded by an async function: the codec receipt must answer at once',
      'args[0]',
      [[true, 'value is decoded by an async function: the codec bill must answer at once']],
    ]);
  },
);

// B2 A first run in an empty folder where something is missing: real processes, whose whole output
// says what is wrong and what to do. $SHOW_OUTPUT prints it.
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUpLater } from '../kit/cleanup.js';
import { startProgram, type Program } from '../kit/process.js';
import { freePort, startRedis, type RedisServer } from '../kit/redis-server.js';
import { password, wrongPassword } from '../kit/secret.js';
import { eventually } from '../kit/wait.js';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
let server: RedisServer;
let folder: string;
beforeAll(async () => {
  server = await startRedis({
    args: ['--databases', '4', '--user', 'me', 'on', `>${password}`, '~*', '&*', '+@all'],
  });
});
beforeEach(async () => {
  const made = await mkdtemp(join(tmpdir(), 'drover-first-run-'));
  cleanUpLater(() => rm(made, { recursive: true }));
  folder = made;
});

const urlWith = (secret: string): string =>
  server.url.replace('redis://', `redis://me:${encodeURIComponent(secret)}@`);
const firstRun = (REDIS_URL: string, options: { uid?: number; goesOn?: boolean } = {}): Program =>
  startProgram('first-run', {
    cwd: folder,
    env: { REDIS_URL, DROVER_UUID: '', ...(options.goesOn && { GOES_ON: '1' }) },
    ...(options.uid !== undefined && { uid: options.uid }),
  });

function show(what: string, ...programs: Program[]): void {
  if (process.env['SHOW_OUTPUT'] === undefined) return;
  for (const { output } of programs) process.stderr.write(`\n=== ${what}\n${output}`);
}

/** The lines of the log that are about Redis. */
const linesOf = ({ output }: Program): string[] =>
  [...output.matchAll(/"msg":"(.*Redis.*)"/g)].map(([, text = '']) => text);

it('B3 a dispatcher without Redis logs the address, and runs the job when Redis is there', async () => {
  const port = await freePort();
  const program = firstRun(`redis://127.0.0.1:${port}`);
  await eventually(() => linesOf(program).length > 0);
  const late = await startRedis({ args: ['--port', String(port)] });
  expect((await program.exited).code).toBe(0);
  show('without Redis', program);
  expect(linesOf(program)).toEqual([
    `Redis cannot be reached: Redis at 127.0.0.1:${port}, connect ECONNREFUSED 127.0.0.1:${port}. ` +
      'It is tried again until it works.',
    expect.stringMatching(
      new RegExp(`^Redis at 127\\.0\\.0\\.1:${port} is there, after [\\d.]+ s$`),
    ),
  ]);
  expect(program.output).toContain('a.png is now 100 wide');
  await late.stop();
});

it('B3 a dispatcher without Redis that gets SIGTERM logs only that Redis was missing', async () => {
  const port = await freePort();
  const program = firstRun(`redis://127.0.0.1:${port}`);
  await eventually(() => linesOf(program).length > 0);
  program.kill('SIGTERM');
  expect(await program.exited).toEqual({ code: null, signal: 'SIGTERM' });
  expect(program.output).not.toContain('Error: ');
  expect(program.output).toContain('"msg":"deactivated"');
});

it.each([
  [
    'a wrong password',
    () => urlWith(wrongPassword),
    /refuses the user or the password \(WRONGPASS.*Check both in/,
  ],
  [
    'a database that is not there',
    () => `${server.url}/9`,
    /\(database 9\) does not have that database.*Use one/,
  ],
])(
  'B2, B3 a process with %s ends at once, names the cure, and shows no password',
  async (what, url, says) => {
    const program = firstRun(url());
    expect((await program.exited).code).toBe(1);
    show(what, program);
    expect(program.output).toMatch(says);
    expect(program.output).toContain(`UnsupportedError: Redis at 127.0.0.1:${server.port}`);
    expect(program.output).not.toContain('tried again');
    expect(program.output).not.toContain(wrongPassword);
  },
);

it('B2 the error for a folder without write access names the file, the setting and the cure', async () => {
  await chmod(folder, 0o555);
  const program = firstRun(server.url, isRoot ? { uid: NOBODY } : {});
  expect((await program.exited).code).toBe(1);
  await chmod(folder, 0o755);
  show('an unwritable folder', program);
  expect(program.output).toMatch(
    /the file with the UUID of this dispatcher, \S+drover-uuid\.txt \(the default, since .* is set\), cannot be made: EACCES/,
  );
  expect(program.output).toMatch(/or set \$DROVER_UUID to a UUID, such as/);
  expect(await readdir(folder)).toEqual([]);
});

it('D1 the second process in one folder says why it waits, and works afterwards', async () => {
  const [one, two] = [
    firstRun(server.url, { goesOn: true }),
    firstRun(server.url, { goesOn: true }),
  ];
  const second = await Promise.race(
    [one, two].map((program) =>
      eventually(() => program.output.includes('already activated') && program),
    ),
  );
  const first = second === one ? two : one;
  await first.waitForMessage((message) => message === 'active');
  const line = second.output.split('\n').find((text) => text.includes('already activated')) ?? '';
  expect(line).toContain(`The UUID is from ${join(folder, 'drover-uuid.txt')} (the default, since`);
  expect(line).toContain(
    'give each its own by the option uuid or $DROVER_UUID (in tests, uuid: randomUUID()',
  );
  expect(line).toContain('Until then this one waits, and runs nothing.');
  first.send({});
  await second.waitForMessage((message) => message === 'active');
  second.send({});
  expect([(await first.exited).code, (await second.exited).code]).toEqual([0, 0]);
  show('two processes in one folder', first, second);
});

// A small program as a process of its own, which must end by itself: what it said, and what it left
// that keeps a process alive.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { root } from './paths.js';

export interface Ended {
  /** The words that the program said. */
  said: string[];
  /** The resources that kept the process alive after the program, such as 'Timeout'. */
  left: string[];
  code: number | null;
  /** Set where the process had to be ended. */
  signal: string | null;
}

/** ms after which a process is ended: a process that must be ended is a mistake. */
const TIMEOUT = 40_000;

/**
 * Runs the body of a module. In it `say(…words)` says something, and `await told(word)` waits until
 * `listeners[word]` has been called here.
 * @param setUp stands before the body, and is no part of what is reported
 */
export async function runAlone(
  setUp: string,
  body: string,
  {
    env = {},
    listeners = {},
  }: { env?: NodeJS.ProcessEnv; listeners?: Record<string, () => unknown> } = {},
): Promise<Ended> {
  const program = `
    const KEEPS_ALIVE = /^(Timeout|TCP|Tls|GetAddrInfo|Worker|MessagePort)/;
    const say = (...words) => process.send({ said: words.map(String) });
    const told = (word) => new Promise((resolve) => {
      process.once('message', resolve);
      process.send({ waits: word });
    });
    ${setUp}
    ${body}
    process.send({ left: process.getActiveResourcesInfo().filter((kind) => KEEPS_ALIVE.test(kind)) });
    process.disconnect();
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const said: string[] = [];
  let left: string[] = ['it did not come to its end'];
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data) => (output += String(data)));
  child.on('message', (message: { said: string[] } | { waits: string } | { left: string[] }) => {
    if ('said' in message) said.push(...message.said);
    else if ('left' in message) left = message.left;
    else void Promise.resolve(listeners[message.waits]?.()).then(() => child.send('go on'));
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  if (output !== '') throw new Error(`the program wrote:\n${output}`);
  return { said, left, code, signal };
}

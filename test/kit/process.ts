// Test programs as processes of their own: started, listened to, killed.
import { fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { cleanUpLater } from './cleanup.js';
import { compiledKit, root } from './paths.js';
import { caught } from './secret.js';
import { within } from './wait.js';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Program<Message = unknown> {
  readonly pid: number;
  /** Resolves when the process has ended and all that it wrote is here. */
  readonly exited: Promise<Exit>;
  /** Its output so far, standard output and error together. */
  readonly output: string;
  /** The messages that it has sent so far by `process.send`. */
  readonly messages: readonly Message[];
  /**
   * The first message that the predicate likes: those that came before count. Rejects with the
   * program's output after `timeout` ms (default 10,000), or when the program ends first.
   */
  waitForMessage(predicate: (message: Message) => boolean, timeout?: number): Promise<Message>;
  /** The next message to come from now on; rejects as `waitForMessage`. */
  nextMessage(timeout?: number): Promise<Message>;
  send(message: object): void;
  /** Default SIGKILL. Wait for `exited` to know that it is gone. */
  kill(signal?: NodeJS.Signals): void;
}

export interface ProgramOptions {
  /** Added to this process's environment. */
  env?: Readonly<Record<string, string>>;
  args?: readonly string[];
  /** Flags of Node, beside those of all programs. */
  flags?: readonly string[];
  /** Its working directory. Default: the root of the repository. */
  cwd?: string;
  /** The user that it runs as, where the test may choose: root alone may. */
  uid?: number;
}

/**
 * Starts test/kit/programs/<name>.ts. It is killed after the test file, and ends with the test's
 * process.
 */
export function startProgram<Message = unknown>(
  name: string,
  { env = {}, args = [], flags = [], cwd = root, uid }: ProgramOptions = {},
): Program<Message> {
  const child = fork(join(compiledKit, 'programs', `${name}.js`), args, {
    cwd,
    ...(uid !== undefined && { uid }),
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    // Without source maps: Node would read those of all modules at each start.
    execArgv: ['--import', join(compiledKit, 'end-with-parent.js'), ...flags],
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started`);

  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data) => (output += String(data)));
  const describe = (what: string) =>
    `${name} (pid ${pid}) ${what}; its output:\n${output || '(nothing)'}`;

  const messages: Message[] = [];
  const arrivals = new EventEmitter().setMaxListeners(0);
  child.on('message', (message) => {
    messages.push(message as Message);
    arrivals.emit('message');
  });
  // Not 'exit': messages and output that were under way still come before 'close'.
  const exited = once(child, 'close').then(([code, signal]) => {
    caught(output);
    return { code, signal } as Exit;
  });
  const ended = exited.then(({ code, signal }): never => {
    throw new Error(describe(`ended with ${signal ?? code}`));
  });
  ended.catch(() => {}); // told to those who wait

  /** Looks from the message at `start` on, as they come. */
  const find = async (
    start: number,
    predicate: (message: Message) => boolean,
    stop: AbortSignal,
  ): Promise<Message> => {
    for (let index = start; ; index++) {
      while (index >= messages.length)
        await Promise.race([once(arrivals, 'message', { signal: stop }), ended]);
      const message = messages[index] as Message;
      if (predicate(message)) return message;
    }
  };
  const wait = async (
    start: number,
    predicate: (message: Message) => boolean,
    timeout: number,
  ): Promise<Message> => {
    const stop = new AbortController();
    const found = find(start, predicate, stop.signal);
    found.catch(() => {}); // it may end after its time
    const late = () => describe(`did not tell in ${timeout} ms what was waited for`);
    return within(found, timeout, late).finally(() => stop.abort());
  };

  const kill = (signal: NodeJS.Signals = 'SIGKILL') => void child.kill(signal);
  cleanUpLater(async () => {
    kill();
    await exited;
  });

  return {
    pid,
    exited,
    messages,
    get output() {
      return output;
    },
    waitForMessage: (predicate, timeout = 10_000) => wait(0, predicate, timeout),
    nextMessage: (timeout = 10_000) => wait(messages.length, () => true, timeout),
    send: (message) => void child.send(message),
    kill,
  };
}

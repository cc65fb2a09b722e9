// In the main process: a process of a side, and the calls that it answers.
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { CommonCalls, Reply, Request } from './calls.js';

/** A call that takes longer has lost a job. ms */
const DEADLINE = 60_000;

type Method<Calls, Name extends keyof Calls> = Calls[Name] extends (
  ...args: infer Args extends unknown[]
) => Promise<infer Value>
  ? { args: Args; value: Value }
  : never;

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

export class Child<Calls extends CommonCalls> {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #pending = new Map<number, Pending>();
  #count = 0;

  /** @param name how errors name it */
  constructor(name: string) {
    this.#name = name;
    this.#process = fork(new URL('side.js', import.meta.url));
    this.#process.on('message', (message) => this.#onReply(message as Reply));
    this.#exited = once(this.#process, 'exit').then(([code, signal]) => {
      for (const { reject } of this.#pending.values()) {
        reject(new Error(`${name} has ended with ${String(signal ?? code)}`));
      }
    });
  }

  /** @throws whatever the call throws there; after a minute, or when the process has ended. */
  async call<Name extends keyof Calls & string>(
    method: Name,
    ...args: Method<Calls, Name>['args']
  ): Promise<Method<Calls, Name>['value']> {
    const id = ++this.#count;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Method<Calls, Name>['value']>((resolve, reject) => {
        const late = `${this.#name} has not answered ${method}(${args.join(', ')})`;
        timer = setTimeout(() => reject(new Error(`${late} after ${DEADLINE} ms`)), DEADLINE);
        this.#pending.set(id, { resolve, reject });
        this.#process.send({ id, method, args } satisfies Request, (error) => {
          if (error) reject(error);
        });
      });
    } finally {
      clearTimeout(timer);
      this.#pending.delete(id);
    }
  }

  /** Closes its connections, and ends it. */
  async close(): Promise<void> {
    await this.call('close', ...([] as Method<Calls, 'close'>['args']));
    this.#process.disconnect();
    await this.#exited;
  }

  /** Ends it, whatever it does: SIGKILL. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  #onReply({ id, value, error }: Reply): void {
    const pending = this.#pending.get(id);
    if (error === undefined) pending?.resolve(value);
    else pending?.reject(new Error(`${this.#name}: ${error}`));
  }
}

// The commands that this process sends to a Redis on this host: how many, and how much of a core
// each took. The time of a command is no measure on a shared host: it grows with everything that
// wants the same core, also for a command that does next to nothing.
import type { Redis as Client } from 'ioredis';
import { Redis } from 'ioredis';
import { readFileSync } from 'node:fs';
import type { ScriptNames } from './script-names.js';

type Command = Parameters<Client['sendCommand']>[0];
type Stream = Parameters<Client['sendCommand']>[1];
type SendCommand = (this: Client, command: Command, stream?: Stream) => unknown;

/** What a command took of a core of Redis. */
export interface Spent {
  command: string;
  ms: number;
}

export class SentCommands {
  count = 0;
  /** The commands since `begin`, each with its CPU and that of other clients meanwhile. */
  spent: Spent[] = [];
  #isWeighing = false;
  /** Ends when the last command that is weighed is answered. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #seen = new WeakSet<Command>();

  /** Looks at all clients of this process from now on. */
  constructor(
    private readonly pid: number,
    private readonly names: ScriptNames,
  ) {
    const prototype = Redis.prototype as unknown as { sendCommand: SendCommand };
    const { sendCommand } = prototype;
    const sent = this;
    prototype.sendCommand = function (command, stream) {
      const isFirst = !sent.#seen.has(command);
      sent.#seen.add(command);
      if (isFirst) sent.count++;
      const send = (): unknown => sendCommand.call(this, command, stream);
      if (!sent.#isWeighing || !isFirst || this.status !== 'ready' || command.name === 'xread')
        return send(); // a wait for events, also one that has ended, blocks its connection
      sent.#last = sent.#last.then(() => sent.#weigh(command, send));
      return command.promise;
    };
  }

  /** Counts from 0. With `weighs` the commands are sent one after another, and each is weighed. */
  begin(weighs: boolean): void {
    this.#isWeighing = weighs;
    this.count = 0;
    this.spent = [];
  }

  async #weigh(command: Command, send: () => unknown): Promise<void> {
    const before = this.#cpu();
    send();
    await command.promise.catch(() => {}); // told to the caller
    const ms = this.#cpu() - before;
    this.spent.push({ command: this.names.of([command.name, String(command.args[0])]), ms });
  }

  /** What the main thread of Redis has taken of a core so far, in ms, by Linux. */
  #cpu(): number {
    const stat = readFileSync(`/proc/${this.pid}/task/${this.pid}/schedstat`, 'utf8');
    return Number(stat.split(' ')[0]) / 1e6;
  }
}

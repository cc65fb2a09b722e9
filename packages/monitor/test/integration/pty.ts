// Runs the program `drover` in a pseudo-terminal, as in a window.
import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { cleanUpLater } from '../../../../test/kit/cleanup.js';
import { caught } from '../../../../test/kit/secret.js';
import { eventually } from '../../../../test/kit/wait.js';
import { program } from './drover.js';

export interface Pty {
  /** Waits until the terminal has shown the text. */
  shows(text: string | RegExp): Promise<void>;
  /** Presses keys. */
  type(keys: string): void;
  /** The exit code of the program, and all that the terminal has shown, without colours. */
  ended(): Promise<{ code: number; text: string; raw: string }>;
}

/** The last line that it writes is the state of the terminal afterwards, as `stty` says it. */
export function runInTerminal(
  args: readonly string[],
  env: Record<string, string>,
  columns = 80,
): Pty {
  const command = ['node', program, ...args].map((text) => `'${text}'`).join(' ');
  // `script`, of util-linux, gives its command a terminal, whatever its own input is.
  // Ctrl-C is for the program alone: the shell goes on after it, also where it is not Bash.
  const line = `trap : INT; stty cols ${columns} rows 24; ${command}; code=$?; stty -a; exit $code`;
  const child = spawn('script', ['-qefc', line, '/dev/null'], {
    env: { ...process.env, SHELL: '/bin/sh', NODE_OPTIONS: '', TERM: 'xterm-256color', ...env },
  });
  // The program ends with its terminal.
  cleanUpLater(() => void child.kill());
  let raw = '';
  child.stdout.on('data', (data: Buffer) => (raw += data.toString()));
  const code = new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('close', (found) => resolve(found ?? -1));
  });
  const shown = (): string => stripVTControlCharacters(raw).replaceAll('\r\n', '\n');
  return {
    async shows(text) {
      const isShown = (): boolean =>
        typeof text === 'string' ? shown().includes(text) : text.test(shown());
      await eventually(isShown).catch(() => {
        throw new Error(`the terminal does not show ${String(text)}, but:\n${shown()}`);
      });
    },
    type: (keys) => void child.stdin.write(keys),
    async ended() {
      const ended = await code;
      caught(raw);
      return { code: ended, text: shown(), raw };
    },
  };
}

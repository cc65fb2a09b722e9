#!/usr/bin/env node
// The program `drover`, in a process of its own.
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { main } from './main.js';
import type { Terminal } from './terminal.js';

const { stdin, stdout, stderr, env } = process;
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => ending.abort(new Error(signal)));
// `drover jobs … | head` closes the pipe early.
stdout.on('error', () => process.exit(0));

const terminal: Terminal = {
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
  get columns() {
    return stdout.isTTY ? stdout.columns : undefined;
  },
  isInteractive: stdin.isTTY && stdout.isTTY,
  env,
  signal: ending.signal,
  keys(listener) {
    if (!stdin.isTTY || !stdout.isTTY) return () => {};
    const hear = (data: Buffer): void => {
      // In this mode Ctrl-C is a key.
      if (data.includes(3)) ending.abort(new Error('SIGINT'));
      for (const key of data.toString()) listener(key);
    };
    stdin.setRawMode(true).resume().on('data', hear);
    return () => void stdin.off('data', hear).pause().setRawMode(false);
  },
  async ask(question) {
    const lines = createInterface({ input: stdin, output: stdout });
    // With Ctrl-C or Ctrl-D the question has no answer, and would never end.
    const closed = once(lines, 'close').then(() => '');
    try {
      return await Promise.race([lines.question(question), closed]);
    } finally {
      lines.close();
    }
  },
};

void main(process.argv.slice(2), terminal).then((code) => {
  process.exitCode = code;
});

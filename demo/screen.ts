// Writes to the terminal: lines that stay, and below them a bar that is redrawn. Without a
// terminal, the bar is a line at some steps of the way.
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const BAR = 20;
/** Without a terminal the bar is printed at each of so many parts of the way. */
const STEPS = 5;

export class Screen {
  readonly #output = process.stdout;
  readonly #hasColours = this.#output.isTTY && !process.env['NO_COLOR'];
  readonly #start = performance.now();
  #bar = '';
  #step = 0;

  /** Seconds since the demo began. */
  get elapsed(): string {
    return `${((performance.now() - this.#start) / 1_000).toFixed(1)} s`;
  }

  style(style: Style, text: string): string {
    return this.#hasColours ? styleText(style, text) : text;
  }

  line(text = ''): void {
    this.#output.write(`${this.#clear()}${text}\n${this.#bar}`);
  }

  /** Writes one event. */
  event(kind: string, text: string, style: Style = 'dim'): void {
    this.line(`${this.elapsed.padStart(7)}  ${this.style(style, kind.padEnd(11))}  ${text}`);
  }

  progress(done: number, total: number, more: string): void {
    const filled = Math.round((BAR * done) / total);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`;
    const text = `[${bar}] batches ${done}/${total} · ${more}`;
    if (this.#output.isTTY) {
      const bar = text.slice(0, (this.#output.columns || 80) - 1);
      if (bar === this.#bar) return;
      this.#bar = bar;
      this.#output.write(`${this.#clear()}${this.#bar}`);
      return;
    }
    const step = Math.floor((STEPS * done) / total);
    if (step > this.#step) this.line(`${this.elapsed.padStart(7)}  ${text}`);
    this.#step = Math.max(step, this.#step);
  }

  /** Removes the bar, for the end. */
  endProgress(): void {
    this.#bar = '';
    if (this.#output.isTTY) this.#output.write(this.#clear());
  }

  #clear(): string {
    return this.#output.isTTY ? '\r\x1b[2K' : '';
  }
}

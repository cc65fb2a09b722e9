// Writes what a command shows: text of jobs is made safe here, and nowhere else is it written.
import { clean, cleanJson, withoutSecrets } from '../text/clean.js';
import { cutTo, tableLines, wrapped, type Column } from './layout.js';
import type { Terminal } from './terminal.js';

const STYLES = { bold: [1, 22], dim: [2, 22], red: [31, 39], yellow: [33, 39], green: [32, 39] };
export type Style = keyof typeof STYLES;

/** For a pipe, which has no width. */
const DEFAULT_WIDTH = 80;
const LEAST_WIDTH = 40;

export class Screen {
  readonly width: number;

  constructor(
    private readonly terminal: Terminal,
    private readonly hasColor: boolean,
  ) {
    const asked = Number(terminal.columns ?? terminal.env['COLUMNS']) || DEFAULT_WIDTH;
    this.width = Math.max(LEAST_WIDTH, asked);
  }

  /** One JSON document. */
  document(value: unknown): void {
    this.#write(cleanJson(value, 2));
  }

  /** One record of several, on a line of its own. */
  record(value: unknown): void {
    this.#write(cleanJson(value));
  }

  /** A line as it is, but safe: for pipes. */
  line(text = '', style?: Style): void {
    this.#write(this.#styled(clean(text), style));
  }

  /** A line that is cut where it is too long. */
  cut(text: string, style?: Style): void {
    this.#write(this.#styled(cutTo(clean(text), this.width), style));
  }

  /** A value with its name before it, wrapped below itself. */
  entry(name: string, value: string, names: number, style?: Style): void {
    const [first = '', ...lines] = wrapped(value, this.width, ' '.repeat(names + 2));
    const start = this.#styled(clean(name).padEnd(names), 'dim');
    this.#write(`${start}  ${this.#styled(first.trimStart(), style)}`);
    for (const line of lines) this.#write(this.#styled(line, style));
  }

  /** Empties a terminal before the next look; a pipe gets an empty line. */
  clear(): void {
    this.terminal.out(this.hasColor ? '\x1b[H\x1b[2J' : '\n');
  }

  paragraph(text: string, { indent = '', style }: { indent?: string; style?: Style } = {}): void {
    for (const line of wrapped(text, this.width, indent)) this.#write(this.#styled(line, style));
  }

  /** @param styles of the rows; the titles are dim */
  table(
    columns: readonly Column[],
    rows: readonly (readonly string[])[],
    styles: readonly (Style | undefined)[] = [],
  ): void {
    const [titles = '', ...lines] = tableLines(columns, rows, this.width);
    this.#write(this.#styled(titles, 'dim'));
    lines.forEach((line, i) => this.#write(this.#styled(line, styles[i])));
  }

  error(text: string): void {
    this.terminal.err(`${this.#styled(`drover: ${clean(withoutSecrets(text))}`, 'red')}\n`);
  }

  #write(line: string): void {
    this.terminal.out(`${line}\n`);
  }

  #styled(line: string, style: Style | undefined): string {
    if (!this.hasColor || style === undefined) return line;
    const [on, off] = STYLES[style] as [number, number];
    return `\x1b[${on}m${line}\x1b[${off}m`;
  }
}

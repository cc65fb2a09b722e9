// The Redis protocol as far as a proxy must understand it (RESP2 and RESP3): where each request and
// each reply ends, and what is asked.

const NEWLINE = 10;
/** The parts of one element of each kind that holds others. */
const AGGREGATES: Readonly<Record<string, number>> = { '*': 1, '~': 1, '>': 1, '%': 2 };
const BLOBS = new Set(['$', '=', '!']);

/** Cuts a stream of bytes into whole requests or replies, which keep their bytes as they came. */
export class FrameSplitter {
  /** Of the frame under way. */
  #parts: Buffer[] = [];
  #line = '';
  /** Bytes of a string that are still to come. */
  #skip = 0;
  /** How many elements each open array still needs, the innermost last. */
  #open: number[] = [];

  push(chunk: Buffer): Buffer[] {
    const frames: Buffer[] = [];
    let start = 0;
    let at = 0;
    while (at < chunk.length) {
      let isEnd = false;
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - at);
        at += step;
        this.#skip -= step;
        isEnd = this.#skip === 0 && this.#endElement();
      } else {
        const newline = chunk.indexOf(NEWLINE, at);
        const end = newline === -1 ? chunk.length : newline + 1;
        this.#line += chunk.toString('latin1', at, end);
        at = end;
        if (newline !== -1) isEnd = this.#endLine();
      }
      if (!isEnd) continue;
      this.#parts.push(chunk.subarray(start, at));
      frames.push(
        this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts),
      );
      this.#parts = [];
      start = at;
    }
    if (start < chunk.length) this.#parts.push(chunk.subarray(start));
    return frames;
  }

  /** Whether the frame has ended with this line. */
  #endLine(): boolean {
    const type = this.#line.charAt(0);
    const length = Number(this.#line.slice(1).trim());
    this.#line = '';
    if (BLOBS.has(type) && length >= 0) {
      this.#skip = length + 2;
      return false;
    }
    // An attribute stands before the element that it is about.
    if (type === '|') {
      this.#open.push(2 * length + 1);
      return false;
    }
    const parts = (AGGREGATES[type] ?? 0) * length;
    if (parts > 0) {
      this.#open.push(parts);
      return false;
    }
    return this.#endElement();
  }

  #endElement(): boolean {
    while (this.#open.length > 0) {
      const left = (this.#open.pop() as number) - 1;
      if (left === 0) continue;
      this.#open.push(left);
      return false;
    }
    return true;
  }
}

/** The strings of a request, or of an array of strings: parts of its bytes, not copies. */
export function stringsOf(frame: Buffer): Buffer[] {
  if (frame[0] !== 0x2a && frame[0] !== 0x3e) {
    return frame
      .toString('latin1')
      .trim()
      .split(' ')
      .map((word) => Buffer.from(word, 'latin1')); // as typed by hand
  }
  const strings: Buffer[] = [];
  let at = frame.indexOf(NEWLINE) + 1;
  while (at < frame.length) {
    const line = frame.indexOf(NEWLINE, at);
    const length = Number(frame.toString('latin1', at + 1, line - 1));
    if (frame[at] !== 0x24 || length < 0) {
      strings.push(frame.subarray(at + 1, line - 1));
      at = line + 1;
      continue;
    }
    strings.push(frame.subarray(line + 1, line + 1 + length));
    at = line + length + 3;
  }
  return strings;
}

/** An error as a server answers it. */
export function errorReply(text: string): Buffer {
  return Buffer.from(`-${text}\r\n`);
}

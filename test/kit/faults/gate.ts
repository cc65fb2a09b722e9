// One direction of a connection: frames pass in order, and are held while anything holds them.

export class Gate {
  readonly #frames: Buffer[] = [];
  #holds = 0;

  constructor(private readonly pass: (frame: Buffer) => void) {}

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  get isHeld(): boolean {
    return this.#holds > 0;
  }

  push(frame: Buffer): void {
    this.#frames.push(frame);
    this.#passOn();
  }

  /** The frame that is passing goes back to its place. */
  putBack(frame: Buffer): void {
    this.#frames.unshift(frame);
  }

  hold(): void {
    this.#holds++;
  }

  release(): void {
    this.#holds--;
    this.#passOn();
  }

  #passOn(): void {
    while (!this.isHeld && !this.isEmpty) this.pass(this.#frames.shift() as Buffer);
  }
}

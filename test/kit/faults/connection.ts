// One client's connection through a fault proxy: which reply belongs to which request, and the
// faults on the way.
import { connect, type Socket } from 'node:net';
import {
  errorFor,
  isSubscribing,
  toRequest,
  withUnknownScript,
  type ErrorName,
  type Fault,
  type FaultKind,
  type Request,
} from './fault.js';
import { Gate } from './gate.js';
import { errorReply, FrameSplitter, stringsOf } from './resp.js';

/** A fault that is planned for a request. `happened` is called when it has. */
export interface Planned {
  fault: Fault;
  happened: () => void;
  /** Plans it again, for the next request that matches. */
  again?: () => void;
}

export interface ConnectionOptions {
  client: Socket;
  redis: { host: string; port: number };
  names: ReadonlyMap<string, string>;
  decide: (request: Request) => Planned | undefined;
  count: (kind: FaultKind) => void;
  onClose: () => void;
}

/** The fate of a reply; `answer`: there comes none from the server. */
type Expected =
  | { pass: true }
  | { instead: Buffer }
  | { lost: () => void; again?: (() => void) | undefined }
  | { answer: Buffer };

const PUSHED = new Set(
  ['message', 'pmessage', 'smessage'].concat(
    ['', 'p', 's'].flatMap((kind) => [`${kind}subscribe`, `${kind}unsubscribe`]),
  ),
);
const PUSH = '>'.charCodeAt(0);
const ARRAY = '*'.charCodeAt(0);
const DISCARD = Buffer.from('*1\r\n$7\r\nDISCARD\r\n');
/** The script did not run: the client sends its text next. */
const NO_SCRIPT = Buffer.from('-NOSCRIPT');
const ABORTED = errorReply('EXECABORT Transaction discarded because of previous errors.');

export class FaultConnection {
  readonly #requests = new Gate((frame) => this.#onRequest(frame));
  readonly #replies = new Gate((frame) => this.#onReply(frame));
  readonly #server: Socket;
  readonly #expected: Expected[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Between MULTI and EXEC. */
  #transaction: { isRefused: boolean; lost?: () => void } | undefined;
  #subscribed = false;
  /** Loses the next pushed message: the answer to a SUBSCRIBE. */
  #loseNextPush: (() => void) | undefined;
  #blackHoles = 0;
  /** A request was lost: the connection is cut when what was asked before is answered. */
  #isEnding = false;
  #clientIsGone = false;
  #last: Request | undefined;
  #isSilent = false;

  constructor(private readonly options: ConnectionOptions) {
    const { client, redis, onClose } = options;
    this.#server = connect(redis.port, redis.host);
    for (const socket of [client, this.#server]) socket.setNoDelay(true).on('error', () => {});
    pipeFrames(client, this.#requests);
    pipeFrames(this.#server, this.#replies);
    client.on('close', () => {
      this.#clientIsGone = true;
      if (this.#isSilent) this.#server.destroy();
      // Held frames still arrive, as delayed packets do.
      if (!this.#requests.isHeld || this.#requests.isEmpty) this.#server.end();
    });
    this.#server.on('close', () => {
      for (const timer of this.#timers) clearTimeout(timer);
      client.end();
      client.destroySoon();
      onClose();
    });
  }

  /** The last request that has come. */
  get last(): Request | undefined {
    return this.#last;
  }

  cut(): void {
    this.options.client.destroy();
    this.#server.destroy();
  }

  /** Nothing passes either way. */
  blackHole(): void {
    this.#blackHoles++;
    this.#requests.hold();
    this.#replies.hold();
  }

  /**
   * Nothing passes either way any more, and nothing heals that; what is held is lost when the
   * client has given up.
   */
  silence(): void {
    this.#isSilent = true;
    this.#requests.hold();
    this.#replies.hold();
  }

  /** Ends all black holes. */
  heal(): void {
    while (this.#blackHoles > 0) this.#endBlackHole();
  }

  #endBlackHole(): void {
    this.#blackHoles--;
    this.#replies.release();
    this.#requests.release();
    if (this.#clientIsGone && !this.#requests.isHeld) this.#server.end();
  }

  #onRequest(frame: Buffer): void {
    const request = (this.#last = toRequest(frame, this.options.names));
    const planned = this.options.decide(request);
    if (!planned) return this.#forward(request, frame, { pass: true });
    const { fault, happened, again } = planned;
    const hasHappened = (): void => {
      this.options.count(fault.kind);
      happened();
    };
    switch (fault.kind) {
      case 'lose request':
        return this.#loseRequest(hasHappened);
      case 'lose reply':
        return this.#loseReply(request, hasHappened, again);
      case 'cut':
        this.cut();
        return hasHappened();
      case 'black hole':
        this.blackHole();
        this.#requests.putBack(frame);
        if (fault.ms !== undefined)
          this.#after(fault.ms, () => this.#blackHoles > 0 && this.#endBlackHole());
        return hasHappened();
      case 'delay':
        this.#requests.hold();
        this.#after(fault.ms, () => {
          this.#forward(request, frame, { pass: true });
          this.#requests.release();
        });
        return hasHappened();
      case 'error':
        this.#answerError(request, fault.error);
        return hasHappened();
    }
  }

  #forward({ command, ...request }: Request, frame: Buffer, expected: Expected): void {
    const { client } = this.options;
    const transaction = this.#transaction;
    if (command === 'MULTI') this.#transaction = { isRefused: false };
    if (command === 'EXEC' || command === 'DISCARD') this.#transaction = undefined;
    if (isSubscribing({ command, ...request })) {
      this.#subscribed = true;
      if ('lost' in expected) this.#loseNextPush = expected.lost;
      this.#server.write(frame);
    } else if ('answer' in expected) {
      this.#expected.push(expected);
      this.#answer();
    } else if (command === 'EXEC' && transaction?.isRefused) {
      this.#expected.push('lost' in expected ? expected : { instead: ABORTED });
      this.#server.write(DISCARD);
    } else {
      const lost = command === 'EXEC' ? transaction?.lost : undefined;
      this.#expected.push(lost ? { lost } : expected);
      this.#server.write(frame);
    }
    if (client.destroyed && !this.#requests.isHeld && this.#requests.isEmpty) this.#server.end();
  }

  #loseRequest(happened: () => void): void {
    this.#isEnding = true;
    this.#requests.hold();
    this.#expected.push({ answer: Buffer.alloc(0) });
    happened();
    this.#answer();
  }

  #loseReply(request: Request, lost: () => void, again: Planned['again']): void {
    const { frame, command } = request;
    if (!this.#transaction || command === 'EXEC')
      return this.#forward(request, frame, { lost, again });
    this.#transaction.lost = lost;
    this.#forward(request, frame, { pass: true });
  }

  #answerError(request: Request, error: ErrorName): void {
    if (error === 'NOSCRIPT')
      return this.#forward(request, withUnknownScript(request), { pass: true });
    if (request.command === 'EXEC' && this.#transaction) {
      this.#transaction.isRefused = true;
      return this.#forward(request, request.frame, { pass: true });
    }
    if (this.#transaction) this.#transaction.isRefused = true;
    this.#forward(request, request.frame, { answer: errorFor(error) });
  }

  #onReply(frame: Buffer): void {
    if (this.#isPushed(frame)) {
      if (this.#loseNextPush) {
        this.#loseNextPush();
        return this.cut();
      }
      this.#toClient(frame);
      return;
    }
    const expected = this.#expected.shift() ?? { pass: true };
    if ('lost' in expected && !frame.subarray(0, NO_SCRIPT.length).equals(NO_SCRIPT)) {
      this.cut();
      return expected.lost();
    }
    if ('lost' in expected) expected.again?.();
    this.#toClient('instead' in expected ? expected.instead : frame);
    this.#answer();
  }

  /** Answers what the server is not asked, as soon as its turn has come. */
  #answer(): void {
    for (let next = this.#expected[0]; next && 'answer' in next; next = this.#expected[0]) {
      this.#expected.shift();
      this.#toClient(next.answer);
    }
    if (this.#isEnding && this.#expected.length === 0) {
      this.options.client.destroySoon();
      this.#server.destroy();
    }
  }

  #isPushed(frame: Buffer): boolean {
    if (frame[0] === PUSH) return true;
    return (
      this.#subscribed &&
      frame[0] === ARRAY &&
      PUSHED.has(stringsOf(frame)[0]?.toString('latin1') ?? '')
    );
  }

  #toClient(frame: Buffer): void {
    if (!this.#clientIsGone && frame.length > 0) this.options.client.write(frame);
  }

  #after(ms: number, what: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      what();
    }, ms);
    this.#timers.add(timer);
  }
}

function pipeFrames(socket: Socket, gate: Gate): void {
  const splitter = new FrameSplitter();
  socket.on('data', (chunk) => {
    for (const frame of splitter.push(chunk)) gate.push(frame);
  });
}

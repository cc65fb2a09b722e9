// One stream of events to a browser, as text/event-stream.

/** What a stream writes. `id` is what the browser sends when it connects again. */
export interface Message {
  id: string;
  event: string;
  /** JSON on one line. */
  data: string;
}

/** What has not been sent yet, in bytes: a browser that is further behind is disconnected. */
const MOST_WAITING = 1_048_576;
/** Ms after which a browser connects again. */
const RETRY = 2_000;
const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  // nginx passes each event on at once.
  'X-Accel-Buffering': 'no',
};

export class EventStream {
  readonly response: Response;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  /** @param whenGone called once, when the browser has gone or the stream was ended */
  constructor(private readonly whenGone: (stream: EventStream) => void) {
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        cancel: () => this.#gone(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: MOST_WAITING }),
    );
    this.response = new Response(body, { headers: HEADERS });
    this.#write(`retry: ${RETRY}\n\n`);
  }

  /** Ends the stream of a browser that reads too slowly: it connects again where it was. */
  send(...messages: Message[]): void {
    if (messages.length === 0) return;
    if ((this.#controller?.desiredSize ?? 0) <= 0) this.end();
    this.#write(messages.map(textOf).join(''));
  }

  /** Skips a state where the browser has not read what was sent before: a newer one will come. */
  sendState(message: Message): void {
    if ((this.#controller?.desiredSize ?? 0) > MOST_WAITING / 2) this.send(message);
  }

  /** A comment, by which proxies see that the connection is used. */
  beat(): void {
    this.#write(': alive\n\n');
  }

  end(): void {
    this.#controller?.close();
    this.#gone();
  }

  #write(text: string): void {
    this.#controller?.enqueue(ENCODER.encode(text));
  }

  #gone(): void {
    if (!this.#controller) return;
    this.#controller = undefined;
    this.whenGone(this);
  }
}

function textOf({ id, event, data }: Message): string {
  return `id: ${id}\nevent: ${event}\ndata: ${data}\n\n`;
}

const ENCODER = new TextEncoder();

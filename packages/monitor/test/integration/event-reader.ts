// Reads a stream of server-sent events as a browser does.
import type { FleetEvent, FleetStatus } from '@drover/monitor';

export interface ReadEvent<T = FleetEvent & FleetStatus> {
  id: string;
  event: string;
  data: T;
}

export interface EventReader {
  /** What has come so far. */
  readonly events: ReadEvent[];
  readonly comments: number;
  /** Resolves when the server has ended the stream, or it was closed here. */
  readonly ended: Promise<void>;
  close(): void;
}

/** @param ask gives the response: by a server, or by a monitor without one */
export async function readEvents(
  ask: (init: RequestInit) => Promise<Response>,
  headers: Record<string, string> = {},
): Promise<EventReader & { response: Response }> {
  const response = await ask({ headers });
  const body = response.body?.getReader();
  if (!body) throw new Error(`${response.status}: there is no stream`);
  const events: ReadEvent[] = [];
  const reader = {
    ...{ events, comments: 0, response },
    ended: read(body, (block) => {
      if (block.startsWith(':')) reader.comments++;
      const event = parsed(block);
      if (event) events.push(event);
    }),
    // As a page that is closed.
    close: () => void body.cancel(),
  };
  return reader;
}

async function read(
  body: ReadableStreamDefaultReader<Uint8Array>,
  each: (block: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let text = '';
  for (let chunk = await body.read(); !chunk.done; chunk = await body.read()) {
    text += decoder.decode(chunk.value, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    blocks.forEach(each);
  }
}

function parsed(block: string): ReadEvent | undefined {
  const fields = Object.fromEntries(
    block.split('\n').map((line) => {
      const [, name = '', value = ''] = /^(\w*): (.*)$/.exec(line) ?? [];
      return [name, value] as const;
    }),
  );
  const { id = '', event = '', data } = fields;
  return data === undefined ? undefined : { id, event, data: JSON.parse(data) as never };
}

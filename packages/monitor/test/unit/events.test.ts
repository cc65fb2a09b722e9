// A stream of events to one browser, and what is remembered for those that connect again.
import type { FleetEvent } from '@drover/monitor';
import { RecentEvents } from '../../src/http/events/recent.js';
import { EventStream } from '../../src/http/events/stream.js';

const message = (data: string) => ({ id: 'a-1', event: 'completed', data });
const LARGE = 'x'.repeat(1_100_000);

/** The stream, how often it has ended, and what a browser reads of it in all. */
function streamed() {
  const seen = { ends: 0 };
  const stream = new EventStream(() => seen.ends++);
  return { stream, seen, text: () => new Response(stream.response.body).text() };
}

it('D8 a stream says when to connect again, and has ids, names, data and comments', async () => {
  const { stream, seen, text } = streamed();
  stream.send(message('{"a":1}'));
  stream.beat();
  stream.end();
  stream.end();
  expect(await text()).toBe(
    'retry: 2000\n\nid: a-1\nevent: completed\ndata: {"a":1}\n\n: alive\n\n',
  );
  expect(seen.ends).toBe(1);
  stream.send(message('late'));
});

it('D10 a browser that does not read gets no further states, and is disconnected', async () => {
  const { stream, seen, text } = streamed();
  stream.sendState(message(LARGE));
  stream.sendState(message('skipped'));
  expect(seen.ends).toBe(0);
  stream.send(message('refused'));
  expect(seen.ends).toBe(1);
  expect(await text()).not.toMatch(/skipped|refused/);
});

it('D8 a browser that goes ends its stream', async () => {
  const { stream, seen } = streamed();
  await stream.response.body?.cancel();
  expect(seen.ends).toBe(1);
  stream.send(message('late'));
});

describe('D8 events that were missed', () => {
  const event = { at: 1, event: 'completed', says: '' } as const satisfies FleetEvent;
  const recent = new RecentEvents();
  const first = recent.lastId;
  const ids = Array.from({ length: 3 }, () => recent.add(event).id);

  it('are those after the last id', () => {
    expect(recent.since(ids[0])).toMatchObject({ events: [{ id: ids[1] }, { id: ids[2] }] });
    expect(recent.since(ids[2])).toEqual({ events: [], isAll: true });
    expect(recent.since(first).events).toHaveLength(3);
  });

  it('are none for an id of another feed, or one that is none', () => {
    for (const id of [undefined, '', 'other-1', `${ids[0]}x`, ids[0]?.replace('-', '')])
      expect([id, recent.since(id)]).toEqual([id, { events: [], isAll: true }]);
  });

  it('are not all where more have come than are kept, or nobody has looked', () => {
    const full = new RecentEvents();
    const before = full.lastId;
    for (let i = 0; i < 501; i++) full.add(event);
    expect(full.since(before)).toMatchObject({ isAll: false });
    expect(full.since(before).events).toHaveLength(500);
    const last = full.lastId;
    full.breakOff();
    expect(full.since(last)).toEqual({ events: [], isAll: false });
  });
});

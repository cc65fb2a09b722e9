// The kit's reading of the Redis protocol: frames end where they end, however the bytes arrive.
import * as fc from 'fast-check';
import { FrameSplitter, stringsOf } from '../../kit/faults/resp.js';

const frames: [string, string][] = [
  ['a simple string', '+OK\r\n'],
  ['an error', '-ERR no\r\n'],
  ['a number', ':42\r\n'],
  ['a bulk string', '$5\r\na\r\nbc\r\n'],
  ['an empty bulk string', '$0\r\n\r\n'],
  ['no bulk string', '$-1\r\n'],
  ['no array', '*-1\r\n'],
  ['an empty array', '*0\r\n'],
  ['an array of all kinds', '*5\r\n+OK\r\n-ERR\r\n:1\r\n$2\r\n\r\n\r\n*2\r\n*0\r\n$-1\r\n'],
  ['a map', '%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n:2\r\n'],
  ['a set', '~2\r\n:1\r\n:2\r\n'],
  ['a push', '>2\r\n+message\r\n$1\r\nx\r\n'],
  ['null, a boolean, a double, a big number', '*4\r\n_\r\n#t\r\n,1.5\r\n(12345678901234567890\r\n'],
  ['a verbatim string', '=7\r\ntxt:a\r\n\r\n'],
  ['a long error', '!4\r\nERR!\r\n'],
  ['an attribute before a reply', '|1\r\n+ttl\r\n:3\r\n$1\r\nx\r\n'],
  ['a request typed by hand', 'PING\r\n'],
];
const stream = Buffer.from(frames.map(([, frame]) => frame).join(''));

it.each(frames)('%s is one frame', (_, frame) => {
  expect(new FrameSplitter().push(Buffer.from(frame)).map(String)).toEqual([frame]);
});

it('frames come out whole and in order, wherever the stream is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: stream.length })), (cuts) => {
      const splitter = new FrameSplitter();
      const places = [0, ...cuts.sort((a, b) => a - b), stream.length];
      const out = places
        .slice(1)
        .flatMap((end, i) => splitter.push(stream.subarray(places[i], end)));
      expect(out.map(String)).toEqual(frames.map(([, frame]) => frame));
    }),
  );
});

it('the strings of a request, binary ones too', () => {
  const request = Buffer.from('*3\r\n$3\r\nSET\r\n$3\r\n\r\n*\r\n$2\r\n\xff\x00\r\n', 'latin1');
  expect(stringsOf(request).map((string) => string.toString('latin1'))).toEqual([
    'SET',
    '\r\n*',
    '\xff\x00',
  ]);
  expect(stringsOf(Buffer.from('GET a\r\n')).map(String)).toEqual(['GET', 'a']);
});

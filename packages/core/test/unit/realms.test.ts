// Values and errors of another realm, as Jest and `node:vm` make them, are treated as our own.
import { runInNewContext } from 'node:vm';
import { encode } from '../../src/codec/codec.js';
import { Failure } from '../../src/codec/failure.js';

it('J3 an Error of another realm keeps its name, message and code', () => {
  const thrown: unknown = runInNewContext(
    'Object.assign(new TypeError("no such file"), { code: "ENOENT" })',
  );
  expect(Failure.from(thrown)).toMatchObject({
    name: 'TypeError',
    message: 'no such file',
    code: 'ENOENT',
  });
});

it('J4 a plain object of another realm is stored as plain JSON', () => {
  expect(encode(runInNewContext('[{ a: { b: 1 } }]'), 'args')).toBe('[{"a":{"b":1}}]');
});

it('J4 an array of another realm is stored as plain JSON', () => {
  expect(encode(runInNewContext('[[1]]'), 'args')).toBe('[[1]]');
});

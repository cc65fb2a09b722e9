// Each error of Drover has a stable code and the name of its class.
import * as errors from '../../src/errors.js';

const { DroverError, ...concrete } = errors;

type Constructor = new (...args: never[]) => InstanceType<typeof DroverError>;
const other = { host: 'there', pid: 42, age: 1_500 };
const make = (name: string, type: unknown): InstanceType<typeof DroverError> => {
  const args: unknown[] =
    name === 'SerializationError'
      ? ['args[0]', 'is odd']
      : name === 'AlreadyActivatedError'
        ? ['a-uuid', other]
        : name === 'RateLimitedError'
          ? [{ after: 1_000 }]
          : ['message'];
  return new (type as Constructor)(...(args as never[]));
};
const all = Object.entries(concrete).map(([name, type]) => ({ name, error: make(name, type) }));

/** A code is a promise to users: one that changes breaks their programs. */
const codes: Record<string, string> = {
  BadStatusError: 'DROVER_BAD_STATUS',
  AbortedError: 'DROVER_ABORTED',
  RemovedError: 'DROVER_REMOVED',
  TimeoutError: 'DROVER_TIMEOUT',
  ReassignedError: 'DROVER_REASSIGNED',
  UnknownTaskError: 'DROVER_UNKNOWN_TASK',
  UnknownPolicyError: 'DROVER_UNKNOWN_POLICY',
  DuplicateNameError: 'DROVER_DUPLICATE_NAME',
  SerializationError: 'DROVER_SERIALIZATION',
  DataTooLargeError: 'DROVER_DATA_TOO_LARGE',
  UnknownCodecError: 'DROVER_UNKNOWN_CODEC',
  InvalidArgumentError: 'DROVER_INVALID_ARGUMENT',
  AlreadyActivatedError: 'DROVER_ALREADY_ACTIVATED',
  NoLocalJobError: 'DROVER_NO_LOCAL_JOB',
  UnsupportedError: 'DROVER_UNSUPPORTED',
  RetryableError: 'DROVER_RETRYABLE',
  UnknownRateLimitError: 'DROVER_UNKNOWN_RATE_LIMIT',
  RateLimitedError: 'DROVER_RATE_LIMITED',
};

it.each(all)('$name has its code and its name', ({ name, error }) => {
  expect(error).toBeInstanceOf(Error);
  expect(error).toBeInstanceOf(DroverError);
  expect([error.name, error.code]).toEqual([
    name,
    codes[name] ??
      `DROVER_${name
        .replace(/Error$/, '')
        .replace(/(?<=.)[A-Z]/g, '_$&')
        .toUpperCase()}`,
  ]);
  expect(error.stack).toContain(name);
});

it('no two errors share a code, and each published code is still there', () => {
  const found = all.map(({ error }) => error.code);
  expect(new Set(found).size).toBe(found.length);
  expect(found).toEqual(expect.arrayContaining(Object.values(codes)));
});

it('D1 AlreadyActivatedError names the other process and the ways out', () => {
  const error = new errors.AlreadyActivatedError('a-uuid', other);
  expect(error.message).toBe(
    'dispatcher a-uuid is already activated: another process? ' +
      '(host there, pid 42, last ping 1500 ms ago). ' +
      'Two dispatchers never share a UUID: give each its own by the option uuid or $DROVER_UUID ' +
      '(in tests, uuid: randomUUID() of node:crypto), or stop the other one.',
  );
  const shared = new errors.AlreadyActivatedError(
    'a-uuid',
    other,
    '/app/drover-uuid.txt (the default)',
  );
  expect(shared.message).toContain(
    ' The UUID is from /app/drover-uuid.txt (the default). Two dispatchers',
  );
  expect([error.uuid, error.other]).toEqual(['a-uuid', other]);
});

it('J4 SerializationError has its path as a field', () => {
  const error = new errors.SerializationError('args[1].onDone', 'is a function');
  expect([error.path, error.message]).toEqual(['args[1].onDone', 'args[1].onDone is a function']);
});

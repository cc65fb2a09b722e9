// The UUID of a dispatcher: the option, else $DROVER_UUID, else a file that is written on the first
// start (D1).
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from '@drover/core';
import { dispatcherUuid as found } from '../../src/options/dispatcher-uuid.js';

const uuid = '01990000-0000-4000-8000-00000000abcd';
const other = '01990000-0000-4000-8000-00000000ef01';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const workingFolder = process.cwd();
const before = process.env['DROVER_UUID'];
let folder: string;
const dispatcherUuid = (option: string | undefined): string => found(option).uuid;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drover-identity-'));
  process.chdir(folder);
  delete process.env['DROVER_UUID'];
});
afterEach(() => {
  process.chdir(workingFolder);
  rmSync(folder, { recursive: true });
  if (before === undefined) delete process.env['DROVER_UUID'];
  else process.env['DROVER_UUID'] = before;
});

it('D1 the option comes first, in lower case', () => {
  process.env['DROVER_UUID'] = other;
  expect(dispatcherUuid(uuid)).toBe(uuid);
  expect(dispatcherUuid(uuid.toUpperCase())).toBe(uuid);
});

it('D1 $DROVER_UUID may be a UUID, and comes before the default file', () => {
  process.env['DROVER_UUID'] = uuid.toUpperCase();
  writeFileSync('drover-uuid.txt', other);
  expect(dispatcherUuid(undefined)).toBe(uuid);
});

it('D1 $DROVER_UUID may be the path of a file that holds a UUID', () => {
  writeFileSync('mine.txt', `  ${uuid}\n\n`);
  process.env['DROVER_UUID'] = join(folder, 'mine.txt');
  expect(dispatcherUuid(undefined)).toBe(uuid);
  process.env['DROVER_UUID'] = 'mine.txt';
  expect(dispatcherUuid(undefined)).toBe(uuid);
});

it('D1 a missing file is written, with its folders, and read from then on', () => {
  process.env['DROVER_UUID'] = join(folder, 'state/deep/uuid');
  const made = dispatcherUuid(undefined);
  expect(made).toMatch(UUID);
  expect(readFileSync(join(folder, 'state/deep/uuid'), 'utf8')).toBe(`${made}\n`);
  expect(dispatcherUuid(undefined)).toBe(made);
});

it('D1 without both, ./drover-uuid.txt is used, and written on the first start', () => {
  const made = dispatcherUuid(undefined);
  expect(made).toMatch(UUID);
  expect(readFileSync('drover-uuid.txt', 'utf8').trim()).toBe(made);
  expect(dispatcherUuid(undefined)).toBe(made);
  process.env['DROVER_UUID'] = '';
  expect(dispatcherUuid(undefined)).toBe(made);
});

it.each<[string, () => unknown, RegExp]>([
  [
    'an option that is no UUID',
    () => dispatcherUuid('worker-1'),
    /the option uuid does not hold a UUID, such as/,
  ],
  ['an empty option', () => dispatcherUuid(''), /the option uuid does not hold a UUID/],
  [
    'an option that is no text',
    () => dispatcherUuid(7 as never),
    /the option uuid does not hold a UUID/,
  ],
])('B2 %s is refused', (_what, call, why) => {
  expect(call).toThrow(InvalidArgumentError);
  expect(call).toThrow(why);
});

it('B2 a file without a UUID is refused with its path, its setting and the cure', () => {
  const path = join(folder, 'drover-uuid.txt');
  for (const content of ['', 'not a uuid', `${uuid}\n${other}`, '\0\u{ff}']) {
    writeFileSync(path, content);
    expect(() => dispatcherUuid(undefined)).toThrow(InvalidArgumentError);
    expect(() => dispatcherUuid(undefined)).toThrow(
      `${path} does not hold a UUID (the default, since`,
    );
    expect(() => dispatcherUuid(undefined)).toThrow(/or remove the file, and a new one is made/);
    expect(readFileSync(path, 'utf8')).toBe(content);
  }
});

it('B2 a folder instead of a file is refused with its path', () => {
  mkdirSync(join(folder, 'state'));
  process.env['DROVER_UUID'] = join(folder, 'state');
  expect(() => dispatcherUuid(undefined)).toThrow(
    `${join(folder, 'state')} must be a file that holds a UUID`,
  );
  expect(() => dispatcherUuid(undefined)).toThrow(/Name a file in it: .*state\/drover-uuid\.txt/);
});

it.each(['not-a-uuid', 'worker-1', 'web.1', uuid.slice(1), `${uuid}0`])(
  'B2 $DROVER_UUID=%s is neither UUID nor path, and is refused without writing a file',
  (value) => {
    process.env['DROVER_UUID'] = value;
    expect(() => dispatcherUuid(undefined)).toThrow(InvalidArgumentError);
    expect(() => dispatcherUuid(undefined)).toThrow(
      `$DROVER_UUID is "${value}", which is neither a UUID`,
    );
    expect(readdirSync(folder)).toEqual([]);
  },
);

it('D1 a file with a name like an id can be named', () => {
  writeFileSync('worker-1', uuid);
  process.env['DROVER_UUID'] = 'worker-1';
  expect(dispatcherUuid(undefined)).toBe(uuid);
});

it('D1 the origin of the UUID is given for messages', () => {
  expect(found(uuid).from).toBe('the option uuid');
  process.env['DROVER_UUID'] = uuid;
  expect(found(undefined).from).toBe('$DROVER_UUID');
  delete process.env['DROVER_UUID'];
  expect(found(undefined).from).toMatch(/drover-uuid\.txt \(the default, since neither/);
});

it('D1 writing the file leaves no other file', () => {
  dispatcherUuid(undefined);
  expect(readdirSync(folder)).toEqual(['drover-uuid.txt']);
});

/** Expects an error that names the path, the setting, the cause and the cure. */
function expectRefusal(path: string, what: string, code: string): void {
  const attempt = (): unknown => dispatcherUuid(undefined);
  expect(attempt).toThrow(InvalidArgumentError);
  expect(attempt).toThrow(`the file with the UUID of this dispatcher, ${path} (`);
  expect(attempt).toThrow(`cannot be ${what}: ${code}`);
  expect(attempt).toThrow(
    /or set \$DROVER_UUID to a UUID, such as [0-9a-f-]{36}, or to the path of a file/,
  );
}

it('B2 a file in place of the folder is reported', () => {
  writeFileSync('state', '');
  process.env['DROVER_UUID'] = join(folder, 'state/uuid');
  expectRefusal(join(folder, 'state/uuid'), 'made', 'EEXIST');
});

it('B2 a symbolic link to itself is reported', () => {
  symlinkSync('drover-uuid.txt', 'drover-uuid.txt');
  expectRefusal(join(folder, 'drover-uuid.txt'), 'read', 'ELOOP');
});

it('B2 a working folder that is gone is reported', () => {
  const gone = mkdtempSync(join(tmpdir(), 'drover-identity-'));
  process.chdir(gone);
  rmSync(gone, { recursive: true });
  expectRefusal('drover-uuid.txt', 'read', 'ENOENT');
  process.chdir(folder);
});

(process.getuid?.() === 0 ? it.skip : it)(
  'B2 a folder that cannot be written and a file that cannot be read are reported',
  () => {
    chmodSync(folder, 0o500);
    expectRefusal(join(folder, 'drover-uuid.txt'), 'made', 'EACCES');
    chmodSync(folder, 0o700);
    writeFileSync('drover-uuid.txt', uuid, { mode: 0o200 });
    expectRefusal(join(folder, 'drover-uuid.txt'), 'read', 'EACCES');
  },
);

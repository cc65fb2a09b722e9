// The UUID of a dispatcher: the option, else $DROVER_UUID, else a file, made on the first start (D1).
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError } from '@drover/core';
import { dispatcherUuid } from '../../src/identity.js';

const uuid = '01990000-0000-4000-8000-00000000abcd';
const other = '01990000-0000-4000-8000-00000000ef01';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const home = process.cwd();
const before = process.env['DROVER_UUID'];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drover-identity-'));
  process.chdir(folder);
  delete process.env['DROVER_UUID'];
});
afterEach(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
  if (before === undefined) delete process.env['DROVER_UUID'];
  else process.env['DROVER_UUID'] = before;
});

it('D1 the option comes first, in small letters', () => {
  process.env['DROVER_UUID'] = other;
  expect(dispatcherUuid(uuid)).toBe(uuid);
  expect(dispatcherUuid(uuid.toUpperCase())).toBe(uuid);
});

it('D1 then $DROVER_UUID, as a UUID', () => {
  process.env['DROVER_UUID'] = uuid.toUpperCase();
  writeFileSync('drover-uuid.txt', other);
  expect(dispatcherUuid(undefined)).toBe(uuid);
});

it('D1 or as the path of a file that holds one', () => {
  writeFileSync('mine.txt', `  ${uuid}\n\n`);
  process.env['DROVER_UUID'] = join(folder, 'mine.txt');
  expect(dispatcherUuid(undefined)).toBe(uuid);
  process.env['DROVER_UUID'] = 'mine.txt';
  expect(dispatcherUuid(undefined)).toBe(uuid);
});

it('D1 a file that is not there is made, with its folder, and serves from then on', () => {
  process.env['DROVER_UUID'] = join(folder, 'state/deep/uuid');
  const made = dispatcherUuid(undefined);
  expect(made).toMatch(UUID);
  expect(readFileSync(join(folder, 'state/deep/uuid'), 'utf8')).toBe(`${made}\n`);
  expect(dispatcherUuid(undefined)).toBe(made);
});

it('D1 then ./drover-uuid.txt, made on the first start', () => {
  const made = dispatcherUuid(undefined);
  expect(made).toMatch(UUID);
  expect(readFileSync('drover-uuid.txt', 'utf8').trim()).toBe(made);
  expect(dispatcherUuid(undefined)).toBe(made);
  process.env['DROVER_UUID'] = '';
  expect(dispatcherUuid(undefined)).toBe(made);
});

it.each<[string, () => unknown, RegExp]>([
  ['an option that is none', () => dispatcherUuid('worker-1'), /the option uuid does not hold a UUID, such as/],
  ['an empty option', () => dispatcherUuid(''), /the option uuid does not hold a UUID/],
  ['an option that is no text', () => dispatcherUuid(7 as never), /the option uuid does not hold a UUID/],
])('B2 %s is refused', (_what, call, why) => {
  expect(call).toThrow(InvalidArgumentError);
  expect(call).toThrow(why);
});

it('B2 a file with something else is refused, with its path', () => {
  const path = join(folder, 'drover-uuid.txt');
  for (const content of ['', 'not a uuid', `${uuid}\n${other}`]) {
    writeFileSync(path, content);
    expect(() => dispatcherUuid(undefined)).toThrow(InvalidArgumentError);
    expect(() => dispatcherUuid(undefined)).toThrow(`${path} does not hold a UUID`);
    expect(readFileSync(path, 'utf8')).toBe(content);
  }
});

it('B2 a folder is refused, with its path', () => {
  mkdirSync(join(folder, 'state'));
  process.env['DROVER_UUID'] = join(folder, 'state');
  expect(() => dispatcherUuid(undefined)).toThrow(`${join(folder, 'state')} must be a file that holds a UUID`);
});

(process.getuid?.() === 0 ? it.skip : it)('a file that cannot be made is told as the system tells it', () => {
  chmodSync(folder, 0o500);
  expect(() => dispatcherUuid(undefined)).toThrow(/EACCES/);
});

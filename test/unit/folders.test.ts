// A folder of source is one room: what has more files than a reader can take in is two rooms.
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from '../kit/paths.js';

const MAX_FILES = 20;

const sources = readdirSync(join(root, 'packages')).map((name) =>
  join(root, 'packages', name, 'src'),
);
const folders = sources.flatMap((source) => [
  source,
  ...readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name)),
]);

it.each(folders.map((folder) => relative(root, folder)))('%s has at most 20 files', (folder) => {
  const files = readdirSync(join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
  expect(files.length > MAX_FILES ? files : []).toEqual([]);
});

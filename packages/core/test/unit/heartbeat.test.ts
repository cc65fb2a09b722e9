// The modules of the heartbeat thread, which each dispatcher starts and which loads its modules
// anew.
import { execFileSync } from 'node:child_process';
import { root } from '../../../../test/kit/paths.js';

const loaded = (specifier: string): string => {
  const program = `
    await import('${specifier}');
    const { createRequire } = await import('node:module');
    console.log(Object.keys(createRequire('${root}/package.json').cache).join('\\n'));`;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
};

it('D2 the heartbeat thread loads ioredis, and no file of BullMQ', () => {
  const files = loaded('@drover/core/internal/heartbeat');
  expect(files).toContain('/node_modules/ioredis/');
  expect(files).not.toContain('/node_modules/bullmq/');
  // Proves that the search would find BullMQ.
  expect(loaded('@drover/core')).toContain('/node_modules/bullmq/');
});

// What the heartbeat thread loads: it is started with each dispatcher, and loads its modules anew.
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

it('D2 is ioredis, and nothing of BullMQ', () => {
  const files = loaded('@drover/core/internal/heartbeat');
  expect(files).toContain('/node_modules/ioredis/');
  expect(files).not.toContain('/node_modules/bullmq/');
  // It would be seen.
  expect(loaded('@drover/core')).toContain('/node_modules/bullmq/');
});

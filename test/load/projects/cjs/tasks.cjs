const { defineTask } = require('@drover/core');
const { isMainThread } = require('node:worker_threads');

exports.double = defineTask('load.double', async (n) => 2 * n);
exports.where = defineTask('load.where', async () => (isMainThread ? 'main thread' : 'thread'));

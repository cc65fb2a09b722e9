// Finds the modules of test files: `./x.js` may be `./x.ts`. Jest asks again for each test file,
// and looks at the disk each time: the answer is kept for all test files of a process.
const found = new Map();

module.exports = (path, options) => {
  const key = [options.basedir, path, ...(options.conditions ?? [])].join('\0');
  if (!found.has(key)) found.set(key, resolve(path, options));
  return found.get(key);
};

function resolve(path, options) {
  try {
    return options.defaultResolver(path, options);
  } catch (error) {
    if (!/^\.{1,2}\/.*\.js$/.test(path)) throw error;
    return options.defaultResolver(path.replace(/js$/, 'ts'), options);
  }
}

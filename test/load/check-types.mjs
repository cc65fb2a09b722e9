// Compiles a project with several settings, by one TypeScript, in one process; prints what it
// finds, by setting, as JSON.
//
//   check-types.mjs <folder of typescript> <project> …
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const [folder, ...projects] = process.argv.slice(2);
const ts = createRequire(import.meta.url)(folder);

// The library is the same for all, and most of what there is to read.
const library = dirname(ts.getDefaultLibFilePath({}));
const read = new Map();

function findings(project) {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(project, 'tsconfig.json'),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (error) => {
        throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
      },
    },
  );
  const host = ts.createCompilerHost(config.options);
  const { getSourceFile } = host;
  host.getSourceFile = (file, ...rest) => {
    if (!file.startsWith(library)) return getSourceFile.call(host, file, ...rest);
    if (!read.has(file)) read.set(file, getSourceFile.call(host, file, ...rest));
    return read.get(file);
  };
  const program = ts.createProgram({ rootNames: config.fileNames, options: config.options, host });
  return [...config.errors, ...ts.getPreEmitDiagnostics(program)].map(
    ({ code, messageText, file }) => {
      const text = ts.flattenDiagnosticMessageText(messageText, '\n');
      return `TS${code} ${file?.fileName ?? ''}: ${text}`;
    },
  );
}

console.log(
  JSON.stringify(Object.fromEntries(projects.map((project) => [project, findings(project)]))),
);

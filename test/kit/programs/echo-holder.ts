// Starts another program, tells its pid, and lives on until it is killed.
import { startProgram } from '../process.js';

const program = startProgram('echo');
await program.nextMessage();
process.send?.({ pid: program.pid });

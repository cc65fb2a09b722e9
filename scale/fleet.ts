// A process that simulates many dispatchers, until the process that started it has ended.
import { startSimulated, type Simulation } from './simulated.js';

export interface Fleet extends Simulation {
  dispatchers: number;
}

const { dispatchers, ...simulation } = JSON.parse(process.env['FLEET'] ?? '{}') as Fleet;
process.on('disconnect', () => process.exit());

await startSimulated([], dispatchers, simulation);
process.send?.('started');

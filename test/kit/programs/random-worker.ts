// A worker process that knows the tasks of random composites.
import '../random-composites/tasks.js';
import './worker.js';

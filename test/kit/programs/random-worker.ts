// A worker process that knows the tasks of random composites, and of random graphs of handles.
import '../random-composites/tasks.js';
import '../random-handles/tasks.js';
import './worker.js';

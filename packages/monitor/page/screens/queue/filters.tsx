// The filters of a list of jobs. They stand in the address.
import { about } from '../../api/about.js';
import { status } from '../../live/fleet.js';
import { go, type Route } from '../../route/route.js';
import { FILTERS, type StateTab } from './states.js';

const LABELS = {
  task: ['Task', 'images.*'],
  lane: ['Lane', ''],
  dispatcher: ['Dispatcher', 'its UUID, or the beginning'],
  since: ['Since', '10m, 2h, 7d or a date'],
  until: ['Until', '10m, 2h, 7d or a date'],
  text: ['Text', 'in task, id or arguments'],
} as const;

export function Filters({ at, state }: { at: Route; state: StateTab }) {
  // A monitor that hides values refuses a look into arguments.
  const shown = FILTERS.filter((name) => name !== 'text' || about.value?.redacted === false);
  const free = shown.filter((name) => !(name in state.filter));
  const isOn = free.some((name) => at.query[name] !== undefined);
  const submit = (event: Event & { currentTarget: HTMLFormElement }): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const typed = free.map((name) => [name, fieldIn(form, name)] as const);
    go(at.path, { ...at.query, start: undefined, ...Object.fromEntries(typed) });
  };
  const clear = () => go(at.path, { state: at.query['state'] });
  return (
    <form class="filters" onSubmit={submit} aria-label="Filters">
      {free.map((name) => (
        <label key={name}>
          <span class="field-name">{LABELS[name][0]}</span>
          <input
            name={name}
            defaultValue={at.query[name] ?? ''}
            placeholder={LABELS[name][1]}
            list={name === 'lane' ? 'lanes' : undefined}
            autocomplete="off"
            spellcheck={false}
          />
        </label>
      ))}
      <Lanes queue={at.path[1]} />
      <div class="filter-buttons">
        <button type="submit">Filter</button>
        {isOn && (
          <button type="button" class="quiet" onClick={clear}>
            Clear
          </button>
        )}
      </div>
    </form>
  );
}

function Lanes({ queue }: { queue: string | undefined }) {
  const lanes = status.value?.queues.find(({ name }) => name === queue)?.lanes ?? [];
  return (
    <datalist id="lanes">
      {lanes.map(({ name }) => (
        <option key={name} value={name} />
      ))}
    </datalist>
  );
}

function fieldIn(form: FormData, name: string): string | undefined {
  const value = form.get(name);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

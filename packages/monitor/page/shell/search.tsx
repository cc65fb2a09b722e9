// Looks for a job by its id, or for jobs with a text in the queue that is shown.
import { about } from '../api/about.js';
import { status } from '../live/fleet.js';
import { go, route } from '../route/route.js';

export const SEARCH = 'search';

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

export function Search() {
  const hasText = about.value?.redacted === false;
  const submit = (event: Event & { currentTarget: HTMLFormElement }): void => {
    event.preventDefault();
    const field = event.currentTarget.elements.namedItem(SEARCH) as HTMLInputElement;
    const text = field.value.trim();
    if (text === '') return;
    search(text);
    field.blur();
  };
  const hint = hasText ? 'Job id or text  ( / )' : 'Job id  ( / )';
  return (
    <form class="search" role="search" onSubmit={submit}>
      <input
        id={SEARCH}
        name={SEARCH}
        type="search"
        placeholder={hint}
        aria-label={hint}
        autocomplete="off"
        spellcheck={false}
      />
    </form>
  );
}

function search(text: string): void {
  if (ID.test(text)) return go(['jobs', text]);
  const { path, query } = route.value;
  const queues = status.value?.queues ?? [];
  const [only] = queues.length === 1 ? queues : [];
  if (path[0] === 'queues' && path[1] !== undefined && path.length === 2)
    go(path, { ...query, start: undefined, text });
  else if (only) go(['queues', only.name], { text });
  else go(['queues'], { text });
}

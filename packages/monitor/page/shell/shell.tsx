// The frame around all screens: where one is, where one can go, and whether the numbers are fresh.
import { about, aboutProblem } from '../api/about.js';
import { counted } from '../../src/text/words.js';
import { status } from '../live/fleet.js';
import { OpenQuestion } from '../parts/question.js';
import { Problem } from '../parts/looked.js';
import { Text } from '../parts/text.js';
import { href, route } from '../route/route.js';
import { screenOf } from '../screens/screens.js';
import { Connection } from './connection.js';
import { KeysHelp } from './keys-help.js';
import { Search } from './search.js';
import { ThemeSwitch } from './theme-switch.js';

export function Shell() {
  const shown = route.value;
  const Screen = screenOf(shown);
  const problem = aboutProblem.value;
  return (
    <>
      <a class="skip" href="#main" onClick={skipToMain}>
        To the content
      </a>
      <header class="top">
        <a class="brand" href={href([])}>
          Drover
        </a>
        <Navigation />
        <Search />
        <div class="top-end">
          <Connection />
          <ThemeSwitch />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {problem && <Problem of={problem} />}
        <Screen key={shown.path.join('/')} {...shown} />
      </main>
      <Footer />
      <OpenQuestion />
      <KeysHelp />
    </>
  );
}

/** The hash of the address is the screen, so the link must not change it. */
function skipToMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

const PLACES: readonly Place[] = [
  { name: 'Overview', path: [], at: [undefined] },
  { name: 'Queues', path: ['queues'], at: ['queues', 'jobs'] },
  { name: 'Dispatchers', path: ['dispatchers'], at: ['dispatchers'] },
];

interface Place {
  name: string;
  path: readonly string[];
  /** The first parts of the addresses that belong to it. */
  at: readonly (string | undefined)[];
}

function Navigation() {
  const [at] = route.value.path;
  const alarms = status.value?.alarms.length ?? 0;
  return (
    <nav class="places" aria-label="Screens">
      {PLACES.map((place) => (
        <a
          key={place.name}
          href={href(place.path)}
          aria-current={place.at.includes(at) ? 'page' : undefined}
        >
          {place.name}
          {place.path.length === 0 && alarms > 0 && (
            <span class="count bad" title={counted(alarms, 'alarm')}>
              {alarms}
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}

function Footer() {
  const facts = about.value;
  if (!facts) return null;
  return (
    <footer class="bottom faint">
      <span>
        Prefix <Text of={facts.prefix} />
      </span>
      <span>Drover {facts.version}</span>
      {facts.readOnly && <span>read-only</span>}
      {facts.redacted && <span>values redacted</span>}
      <a href="./api/openapi.json">API</a>
    </footer>
  );
}

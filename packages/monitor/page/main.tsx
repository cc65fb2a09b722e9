// The page of a monitor: an operator's view of the fleet.
import { render } from 'preact';
import { learnAbout } from './api/about.js';
import { follow } from './live/follow.js';
import { keepHistory } from './live/history.js';
import { followRoute } from './route/route.js';
import { listenToKeys } from './shell/keys.js';
import { Shell } from './shell/shell.js';
import { applyTheme } from './live/theme.js';

applyTheme();
followRoute();
listenToKeys();
void learnAbout();
keepHistory();
follow();
const place = document.getElementById('page');
if (place) render(<Shell />, place);

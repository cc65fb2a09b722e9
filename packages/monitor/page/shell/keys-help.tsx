// Shows the keys of the page.
import { Dialog } from '../parts/dialog.js';
import { areKeysShown, KEYS } from './keys.js';

export function KeysHelp() {
  if (!areKeysShown.value) return null;
  const close = () => (areKeysShown.value = false);
  return (
    <Dialog title="Keys" onClose={close}>
      <dl class="keys">
        {KEYS.map(([keys, says]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{says}</dd>
          </div>
        ))}
      </dl>
      <div class="buttons">
        <button type="button" class="main" onClick={close}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

// Chooses dark or light.
import { theme, THEMES } from '../live/theme.js';

const SIGNS = { system: '◐', light: '☀', dark: '☾' } as const;

export function ThemeSwitch() {
  const next = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system';
  return (
    <button
      type="button"
      class="quiet"
      aria-label={`Theme: ${theme.value}. Change to ${next}`}
      title={`Theme: ${theme.value}`}
      onClick={() => (theme.value = next)}
    >
      {SIGNS[theme.value]}
    </button>
  );
}

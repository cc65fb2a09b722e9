// Lines over time. The numbers are those of the legend too, which follows the pointer.
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { theme } from '../live/theme.js';

export interface Line {
  name: string;
  /** A variable of theme.css. */
  color: '--good' | '--bad' | '--busy' | '--warn';
}

interface ChartProps {
  /** What it shows, for those who cannot see it. */
  label: string;
  lines: readonly Line[];
  /** Times in ms since 1970. */
  times: readonly number[];
  /** The values of each line at those times; null: not known. */
  values: readonly (readonly (number | null)[])[];
  format: (value: number) => string;
}

const HEIGHT = 150;

/** From one number of the axis to the next: 1, 2, 5, 10, 20 … */
const STEPS = Array.from(
  { length: 36 },
  (_, i) => ([1, 2, 5][i % 3] ?? 1) * 10 ** Math.floor(i / 3),
);

const HOURS = { hour: '2-digit', minute: '2-digit' } as const;
const MINUTES = new Intl.DateTimeFormat('sv-SE', HOURS);
const SECONDS = new Intl.DateTimeFormat('sv-SE', { ...HOURS, second: '2-digit' });

export function Chart(props: ChartProps) {
  // A line has two points at least.
  return props.times.length < 2 ? <p class="none">Nothing is known yet.</p> : <Plot {...props} />;
}

function Plot({ label, lines, times, values, format }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const data = [times.map((at) => at / 1_000), ...values] as unknown as uPlot.AlignedData;
  const chosen = theme.value;

  useEffect(() => {
    const place = box.current;
    if (!place) return;
    const made = new uPlot(optionsOf(place, lines, format), data, place);
    plot.current = made;
    const resized = new ResizeObserver(() =>
      made.setSize({ width: place.clientWidth, height: HEIGHT }),
    );
    resized.observe(place);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => made.redraw(false);
    dark.addEventListener('change', redraw);
    return () => {
      resized.disconnect();
      dark.removeEventListener('change', redraw);
      made.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(data), [times, values]);
  useEffect(() => plot.current?.redraw(false), [chosen]);

  return <div class="chart" role="img" aria-label={label} ref={box} />;
}

function optionsOf(
  place: HTMLElement,
  lines: readonly Line[],
  format: (value: number) => string,
): uPlot.Options {
  const axis = {
    stroke: () => colorOf(place, '--faint'),
    grid: { stroke: () => colorOf(place, '--line'), width: 1 },
    ticks: { stroke: () => colorOf(place, '--line'), width: 1 },
    font: '12px system-ui, sans-serif',
  };
  const asText = (_: uPlot, found: number[]) => found.map(format);
  return {
    width: place.clientWidth,
    height: HEIGHT,
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_, __, max) => [0, Math.max(max * 1.1, 1)] } },
    axes: [
      { ...axis, values: asTimes },
      { ...axis, size: 56, values: asText, incrs: STEPS },
    ],
    series: [
      { label: 'at', value: '{HH}:{mm}:{ss}' },
      ...lines.map(({ name, color }) => ({
        label: name,
        stroke: () => colorOf(place, color),
        width: 1.5,
        points: { show: false },
        value: (_: uPlot, value: number | null) => (value === null ? '–' : format(value)),
      })),
    ],
  };
}

/** @param step seconds between them */
function asTimes(_: uPlot, found: number[], __: number, ___: number, step: number): string[] {
  return found.map((at) => (step < 60 ? SECONDS : MINUTES).format(at * 1_000));
}

/** The canvas needs the color itself, not the variable. */
function colorOf(place: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  place.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

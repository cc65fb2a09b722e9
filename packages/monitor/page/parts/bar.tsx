// How much of something is in use, with the numbers.
interface BarProps {
  label: string;
  value: number;
  max: number;
}

export function Bar({ label, value, max }: BarProps) {
  return (
    <span class="bar">
      <progress aria-label={label} value={Math.min(value, max)} max={Math.max(max, 1)} />
      <span class="bar-numbers">
        {value}/{max}
      </span>
    </span>
  );
}

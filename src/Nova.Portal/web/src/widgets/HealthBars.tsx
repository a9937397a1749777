import { Tooltip } from '@mantine/core';
import classes from './HealthBars.module.css';

interface Hour { at: string; delivered: number; failed: number }

const width = 4;
const gap = 1.5;
const height = 22;
const hourOf = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });

/** How an endpoint did of late, a bar an hour, in the size of a word: what failed stands in red on what arrived. */
export function HealthBars({ series, label }: { series: Hour[]; label: string }) {
  const most = Math.max(1, ...series.map(hour => hour.delivered + hour.failed));
  const sum = (name: 'delivered' | 'failed') => series.reduce((total, hour) => total + hour[name], 0);
  const [delivered, failed] = [sum('delivered'), sum('failed')];
  const first = series[0];
  const words = `${delivered.toLocaleString()} delivered, ${failed.toLocaleString()} failed${first ? ` since ${hourOf.format(Date.parse(first.at))}` : ''}`;
  // What is there at all is seen: one failure among thousands is two pixels.
  const tall = (count: number) => (count === 0 ? 0 : Math.max(2, (count / most) * height));
  return (
    <Tooltip label={words}>
      <svg className={classes.bars} width={series.length * (width + gap)} height={height + 1} role="img" aria-label={`${label}: ${words}`}>
        {series.map(({ at, delivered: good, failed: bad }, index) => {
          const x = index * (width + gap);
          const base = Math.min(height - tall(bad), tall(good));
          return (
            <g key={at}>
              {good + bad === 0 && <rect className={classes.none} x={x} y={height - 1} width={width} height={1} />}
              {good > 0 && <rect className={classes.good} x={x} y={height - base} width={width} height={base} rx="1" />}
              {bad > 0 && <rect className={classes.bad} x={x} y={height - base - tall(bad)} width={width} height={tall(bad)} rx="1" />}
            </g>
          );
        })}
      </svg>
    </Tooltip>
  );
}

import { VisuallyHidden } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useState, type KeyboardEvent, type PointerEvent } from 'react';
import { labelsOf, nameOfBucket, ticksTo, type Bucket } from './scale';
import classes from './Chart.module.css';

export interface Series {
  name: string;
  tone: 'main' | 'ok' | 'bad' | 'second' | 'third';
  values: (number | null | undefined)[];
  /** Shown in the legend beside the name. */
  total?: string;
}

const edge = { left: 44, right: 6, top: 8, bottom: 22 };

/**
 * Numbers over time: bars that stand on each other, or lines with gaps where nothing was measured. What a time's numbers are is told by
 * the pointer, and by the arrow keys to those who look or listen.
 */
export function Chart({ label, kind, times, bucket, series, format, whole = true, height = 190, nothing }: {
  label: string; kind: 'bars' | 'lines'; times: string[]; bucket: Bucket; series: Series[]; format: (value: number) => string; whole?: boolean; height?: number;
  /** Said instead, where there is not one number. */
  nothing: string;
}) {
  const { ref, width } = useElementSize();
  const [at, setAt] = useState<number>();
  const moments = times.map(time => Date.parse(time));
  const count = times.length;
  const inner = Math.max(0, width - edge.left - edge.right);
  const tall = height - edge.top - edge.bottom;
  const sums = times.map((_, index) => kind === 'bars'
    ? series.reduce((sum, { values }) => sum + (values[index] ?? 0), 0)
    : Math.max(0, ...series.map(({ values }) => values[index] ?? 0)));
  const empty = sums.every(sum => sum === 0);
  const ticks = ticksTo(Math.max(...sums, 0), whole);
  const top = ticks.at(-1)!;
  const step = count > 0 ? inner / count : 0;
  const x = (index: number) => edge.left + step * (index + 0.5);
  const y = (value: number) => edge.top + tall - (value / top) * tall;

  const onMove = (event: PointerEvent<HTMLDivElement>) => {
    const place = Math.floor((event.clientX - event.currentTarget.getBoundingClientRect().left - edge.left) / step);
    setAt(empty || place < 0 || place >= count ? undefined : place);
  };
  const onKey = (event: KeyboardEvent) => {
    const next = { ArrowLeft: (at ?? count) - 1, ArrowRight: (at ?? -1) + 1, Home: 0, End: count - 1 }[event.key];
    if (event.key === 'Escape') setAt(undefined);
    if (next === undefined || empty) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(count - 1, next)));
  };
  const told = at !== undefined && at < count ? series.map(({ name, tone, values }) => ({ name, tone, value: values[at] })) : undefined;
  const words = told && `${nameOfBucket(moments[at!]!, bucket)}: ${told.map(({ name, value }) => `${name} ${value === null || value === undefined ? 'none' : format(value)}`).join(', ')}`;
  return (
    <div>
      <ul className={classes.legend}>
        {series.map(({ name, tone, total }) => <li key={name}><span className={classes.key} data-tone={tone} aria-hidden="true" />{name}{total !== undefined && <b>{total}</b>}</li>)}
      </ul>
      <div
        ref={ref} className={classes.chart} role="group" aria-roledescription="chart" aria-label={`${label}. Arrow keys tell the numbers of each ${bucket}.`} tabIndex={0} style={{ height }}
        onPointerMove={onMove} onPointerLeave={() => setAt(undefined)} onKeyDown={onKey} onBlur={() => setAt(undefined)}
      >
        {width > 0 && (
          <svg width={width} height={height} aria-hidden="true">
            {ticks.map(tick => (
              <g key={tick}>
                <line className={classes.grid} x1={edge.left} x2={width - edge.right} y1={Math.round(y(tick)) + 0.5} y2={Math.round(y(tick)) + 0.5} />
                {!empty && <text className={classes.label} x={edge.left - 8} y={y(tick) + 4} textAnchor="end">{format(tick)}</text>}
              </g>
            ))}
            {labelsOf(moments, bucket, inner).map(({ index, text }) => <text key={index} className={classes.label} x={Math.max(edge.left + 12, Math.min(width - 20, x(index)))} y={height - 5} textAnchor="middle">{text}</text>)}
            {at !== undefined && kind === 'bars' && <rect className={classes.column} x={edge.left + step * at} width={step} y={edge.top} height={tall} />}
            {at !== undefined && kind === 'lines' && <line className={classes.cursor} x1={x(at)} x2={x(at)} y1={edge.top} y2={edge.top + tall} />}
            {kind === 'bars'
              ? <Bars series={series} count={count} step={step} y={y} />
              : series.map(({ name, tone, values }) => <path key={name} className={classes.line} data-tone={tone} d={pathOf(values, x, y)} />)}
            {kind === 'lines' && at !== undefined && told!.map(({ name, tone, value }) => value !== null && value !== undefined && <circle key={name} className={classes.dot} data-tone={tone} cx={x(at)} cy={y(value)} r="4" />)}
            {kind === 'lines' && series.map(({ name, tone, values }) => values.map((value, index) => isAlone(values, index) && <circle key={name + index} className={classes.dot} data-tone={tone} cx={x(index)} cy={y(value!)} r="3.5" />))}
          </svg>
        )}
        {empty && <div className={classes.nothing}>{nothing}</div>}
        {told && (
          <div className={classes.told} aria-hidden="true" style={x(at!) > width / 2 ? { right: width - x(at!) + 12 } : { left: x(at!) + 12 }}>
            <div>{nameOfBucket(moments[at!]!, bucket)}</div>
            <dl>
              {told.map(({ name, tone, value }) => (
                <div key={name} style={{ display: 'contents' }}><dt><span className={classes.key} data-tone={tone} />{name}</dt><dd>{value === null || value === undefined ? '–' : format(value)}</dd></div>
              ))}
            </dl>
          </div>
        )}
        <VisuallyHidden aria-live="polite">{words}</VisuallyHidden>
      </div>
    </div>
  );
}

function Bars({ series, count, step, y }: { series: Series[]; count: number; step: number; y: (value: number) => number }) {
  const gap = step > 12 ? Math.min(6, step * 0.28) : step > 4 ? 1 : 0;
  return (
    <>
      {Array.from({ length: count }, (_, index) => {
        let base = 0;
        return series.map(({ name, tone, values }) => {
          const value = values[index] ?? 0;
          if (value === 0) return null;
          const from = y(base);
          base += value;
          // What is there at all is seen: one failure among thousands is a pixel and a half.
          const tall = Math.max(1.5, from - y(base));
          return <rect key={name + index} className={classes.bar} data-tone={tone} x={edge.left + step * index + gap / 2} width={Math.max(1, step - gap)} y={from - tall} height={tall} rx={step > 8 ? 1.5 : 0} />;
        });
      })}
    </>
  );
}

function pathOf(values: Series['values'], x: (index: number) => number, y: (value: number) => number): string {
  let path = '';
  let pen = 'M';
  values.forEach((value, index) => {
    if (value === null || value === undefined) { pen = 'M'; return; }
    path += `${pen}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = 'L';
  });
  return path;
}

/** A measurement without neighbours makes no line. */
const isAlone = (values: Series['values'], index: number) =>
  typeof values[index] === 'number' && typeof values[index - 1] !== 'number' && typeof values[index + 1] !== 'number';

/** The same in the size of a word: how it went, without numbers. */
export function Spark({ values, tone = 'main', height = 30 }: { values: (number | null | undefined)[]; tone?: Series['tone']; height?: number }) {
  const known = values.map(value => value ?? 0);
  const most = Math.max(...known, 0);
  const step = 100 / Math.max(1, known.length);
  return (
    <svg className={classes.spark} height={height} viewBox={`0 0 100 ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {most > 0 && known.map((value, index) => value > 0 && <rect key={index} className={classes.bar} data-tone={tone} x={index * step + step * 0.12} width={step * 0.76} y={height - Math.max(1.5, (value / most) * height)} height={Math.max(1.5, (value / most) * height)} />)}
    </svg>
  );
}

import type { Attempt } from '../../api/types';
import { millis } from '../../widgets/When';
import classes from './Waterfall.module.css';

/** Where the time of an attempt went: each part after the one before, as long as it took. */
export function Waterfall({ timings }: { timings: Attempt['timings'] }) {
  const { dns_ms: dns, connect_ms: connect, tls_ms: tls, first_byte_ms: first, total_ms: total } = timings;
  const opened = (dns ?? 0) + (connect ?? 0) + (tls ?? 0);
  // The first byte is measured from the start; what the receiver took is what is left of it.
  const waited = first === null || first === undefined ? null : Math.max(0, first - opened);
  const known = opened + (waited ?? 0);
  const parts = [
    { name: 'DNS', ms: dns }, { name: 'Connect', ms: connect }, { name: 'TLS', ms: tls }, { name: 'First byte', ms: waited },
    { name: 'Rest', ms: known > 0 && total - known > 0.05 ? total - known : null },
  ];
  let from = 0;
  return (
    <div className={classes.waterfall} role="table" aria-label="Where the time went">
      {parts.filter(part => part.ms !== null && part.ms !== undefined).map(({ name, ms }) => {
        const start = from;
        from += ms!;
        return (
          <div key={name} role="row" className={classes.row}>
            <span role="rowheader" className={classes.name}>{name}</span>
            <span role="cell" className={classes.lane} aria-hidden="true"><Bar name={name} start={start / total} length={ms! / total} /></span>
            <span role="cell" className={classes.ms}>{millis(ms!)}</span>
          </div>
        );
      })}
      <div role="row" className={classes.row} data-total><span role="rowheader" className={classes.name}>Total</span><span role="cell" /><span role="cell" className={classes.ms}>{millis(total)}</span></div>
    </div>
  );
}

/** As SVG: a style attribute per bar would be none that a strict policy minds, but attributes of SVG are never in question. */
function Bar({ name, start, length }: { name: string; start: number; length: number }) {
  return (
    <svg width="100%" height="10" preserveAspectRatio="none" viewBox="0 0 1000 10">
      <rect className={classes.bar} data-part={name} x={Math.min(994, start * 1000)} width={Math.max(6, length * 1000)} y="0" height="10" rx="2" />
    </svg>
  );
}

import { useNow } from './clock';

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'long' });

/** A time as people say it, with the exact one on hover, in the viewer's zone. */
export function When({ at, none = 'never' }: { at: string | null | undefined; none?: string }) {
  const time = at ? Date.parse(at) : NaN;
  const young = Math.abs(Date.now() - time) < 90_000;
  const now = useNow(young ? 1000 : 30_000);
  if (!at || Number.isNaN(time)) return <span className="nova-soft">{none}</span>;
  return <time dateTime={at} title={exact.format(time)} className="nova-num" style={{ whiteSpace: 'nowrap' }}>{ago(now - time)}</time>;
}

/** How long something has been so: "for 5 min". */
export function For({ since }: { since: string }) {
  const now = useNow(1000);
  return <time dateTime={since} title={exact.format(Date.parse(since))} className="nova-num" style={{ whiteSpace: 'nowrap' }}>for {span(Math.max(1000, now - Date.parse(since)))}</time>;
}

/** Exactly, for where there is room. */
export function Exactly({ at }: { at: string | null | undefined }) {
  return at ? <time dateTime={at} className="nova-num">{exact.format(Date.parse(at))}</time> : <span className="nova-soft">–</span>;
}

/** How long until something is due. */
export function Countdown({ to }: { to: string }) {
  const now = useNow();
  const left = Date.parse(to) - now;
  return <time dateTime={to} title={exact.format(Date.parse(to))} className="nova-num">{left <= 0 ? 'due now' : `in ${span(left, true)}`}</time>;
}

export function ago(ms: number): string {
  if (ms < 0) return ms > -2000 ? 'just now' : `in ${span(-ms)}`;
  if (ms < 2000) return 'just now';
  return `${span(ms)} ago`;
}

/** A length of time in its largest fitting unit; `fine`: and the next one, where it matters. */
export function span(ms: number, fine = false): string {
  const s = Math.round(ms / 1000);
  if (s < 60) return `${s} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return fine && m < 10 && s % 60 !== 0 ? `${m} min ${s % 60} s` : `${m} min`;
  const h = Math.floor(m / 60);
  if (fine && h < 10 && m % 60 !== 0) return `${h} h ${m % 60} min`;
  if (h < 48) return `${h} h`;
  return `${Math.floor(h / 24)} d`;
}

/** A duration as a machine measures it. */
export function millis(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** A share of 0 to 1. What is not nothing is not shown as nothing, and what is not all not as all. */
export function percent(share: number): string {
  const hundredths = share * 100;
  if (hundredths === 0 || hundredths === 100) return `${hundredths} %`;
  if (hundredths < 0.1) return '< 0.1 %';
  if (hundredths > 99.9) return '> 99.9 %';
  return `${hundredths.toFixed(hundredths < 10 || hundredths > 90 ? 1 : 0)} %`;
}

/** Round numbers for an axis from 0 to at least `most`, some four of them. */
export function ticksTo(most: number, whole: boolean): number[] {
  if (!(most > 0)) return whole ? [0, 1] : [0, 1];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const fitting = [1, 2, 5, 10].map(factor => factor * power).find(step => step >= rough * 0.999) ?? power * 10;
  const step = whole ? Math.max(1, Math.round(fitting)) : fitting;
  const ticks: number[] = [];
  for (let value = 0; ; value += step) {
    ticks.push(value);
    if (value >= most) return ticks;
  }
}

export type Bucket = 'minute' | 'hour' | 'day';

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
/** Days are the server's, in UTC: in the viewer's zone one would be named by the day before. */
const utcDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const long = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const longDate = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' });

/** 14:05 */
export const clockTime = (at: number) => clock.format(at);

export const nameOfBucket = (at: number, bucket: Bucket) => bucket === 'day' ? `${longDate.format(at)}, UTC` : long.format(at);

/** Which of the times get a label, so that no two of `room` px each overlap, and what it says. */
export function labelsOf(times: number[], bucket: Bucket, width: number, room = 62): { index: number; text: string }[] {
  const most = Math.max(1, Math.floor(width / room));
  if (times.length < 2) return times.map((at, index) => ({ index, text: bucket === 'day' ? utcDate.format(at) : clock.format(at) }));
  // Over several days the days are named, at their midnights; within one the hours are.
  const days = bucket === 'hour' && times.length > 30;
  const candidates = times.map((at, index) => ({ index, at })).filter(({ at }) => !days || new Date(at).getHours() === 0);
  const every = Math.ceil(candidates.length / most);
  // At round hours, or round minutes.
  const round = (bucket === 'hour' ? [1, 2, 3, 4, 6, 8, 12, 24] : [1, 2, 5, 10, 15, 30, 60]).find(step => step >= every) ?? 24;
  const part = (at: number) => bucket === 'hour' ? new Date(at).getHours() : new Date(at).getMinutes();
  return candidates
    .filter(({ at }, place) => (bucket !== 'day' && !days ? part(at) % round === 0 : (candidates.length - 1 - place) % every === 0))
    .map(({ index, at }) => ({ index, text: bucket === 'day' ? utcDate.format(at) : days ? date.format(at) : clock.format(at) }));
}

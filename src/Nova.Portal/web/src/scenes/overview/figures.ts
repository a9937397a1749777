const whole = new Intl.NumberFormat();
const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });

export const count = (value: number) => whole.format(value);
/** For an axis: 12K. */
export const brief = (value: number) => (value < 10_000 ? whole.format(value) : short.format(value));

/** A share of 0 to 1. Never rounded up to a hundred, which would say that nothing went wrong. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return '–';
  const value = share * 100;
  if (value === 100 || value === 0) return `${value} %`;
  const digits = value > 99 || value < 1 ? 2 : 1;
  return `${Math.min(value, 100 - 10 ** -digits).toFixed(digits)} %`;
}

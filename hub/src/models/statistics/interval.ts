/** The two-sided 95 % quantile of the standard normal distribution; every interval here is a 95 % one. */
export const Z_95 = 1.959963984540054;

/** A value with its 95 % confidence interval, all in the value's own unit. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

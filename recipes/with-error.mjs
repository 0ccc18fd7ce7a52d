/** A value, or an upper bound of one, with its standard error, in so many digits: `1.822 ± 0.005`, `≤ 2.934 ± 0.008`. */
export const withError = (value, error, digits, { exact = true } = {}) =>
  `${exact ? "" : "≤ "}${value.toFixed(digits)} ± ${error.toFixed(digits)}`;

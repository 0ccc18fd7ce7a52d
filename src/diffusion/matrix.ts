/**
 * Small square matrices in float64, row after row: products, powers, exponentials, eigenvectors. For
 * chains on a few hundred states, where exactness counts and speed comes second.
 *
 * The matrix [[0, 1], [1, 0]] swaps two states; its square is the identity, and its exponential is
 * [[cosh 1, sinh 1], [sinh 1, cosh 1]].
 *
 * @module
 */

/** `matrix[row * size + column]`, [size * size]. */
export type SquareMatrix = Float64Array;

export function identity(size: number): SquareMatrix {
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++) result[i * size + i] = 1;
  return result;
}

/** a b */
export function multiply(a: SquareMatrix, b: SquareMatrix): SquareMatrix {
  const size = Math.sqrt(a.length);
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const row = result.subarray(i * size, (i + 1) * size);
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k]!;
      if (factor === 0) continue;
      const start = k * size;
      for (let j = 0; j < size; j++) row[j]! += factor * b[start + j]!;
    }
  }
  return result;
}

/** a^exponent for a whole number >= 0, by squaring; squares are kept between calls. */
export function powersOf(base: SquareMatrix): (exponent: number) => SquareMatrix {
  const squares = [base];
  return (exponent) => {
    let result = identity(Math.sqrt(base.length));
    for (let bit = 0, rest = exponent; rest > 0; bit++, rest = Math.floor(rest / 2)) {
      squares[bit] ??= multiply(squares[bit - 1]!, squares[bit - 1]!);
      if (rest % 2 === 1) result = multiply(result, squares[bit]!);
    }
    return result;
  };
}

/**
 * exp(a) by scaling and squaring: the Taylor series of a / 2^n, whose norm is at most 1/2, squared n
 * times.
 */
export function exponential(a: SquareMatrix): SquareMatrix {
  const size = Math.sqrt(a.length);
  let norm = 0;
  for (let i = 0; i < size; i++) {
    const row = a.subarray(i * size, (i + 1) * size);
    norm = Math.max(
      norm,
      row.reduce((sum, x) => sum + Math.abs(x), 0),
    );
  }
  const halvings = Math.max(0, Math.ceil(Math.log2(2 * norm)));
  const scaled = a.map((x) => x / 2 ** halvings);
  let term = identity(size);
  let result = identity(size);
  // 2^-18 / 18! is below the precision of float64.
  for (let n = 1; n <= 18; n++) {
    term = multiply(term, scaled).map((x) => x / n);
    result = result.map((x, i) => x + term[i]!);
  }
  for (let n = 0; n < halvings; n++) result = multiply(result, result);
  return result;
}

/** The eigenvalues and eigenvectors of a symmetric matrix. */
export interface Eigen {
  /** [size] */
  readonly values: Float64Array;
  /** Column k is the vector of value k. */
  readonly vectors: SquareMatrix;
}

/** Jacobi's method: plane rotations, until nothing is left beside the diagonal. */
export function eigenOf(symmetric: SquareMatrix): Eigen {
  const size = Math.sqrt(symmetric.length);
  const a = symmetric.slice();
  const vectors = identity(size);
  const scale = a.reduce((sum, x) => sum + x * x, 0);
  for (let sweep = 0; sweep < 60; sweep++) {
    let beside = 0;
    for (let p = 0; p < size; p++)
      for (let q = 0; q < p; q++) {
        const off = a[p * size + q]!;
        beside += off * off;
        if (off !== 0) rotate(a, vectors, size, p, q);
      }
    if (beside <= 1e-34 * scale) break;
  }
  return { values: Float64Array.from({ length: size }, (_, i) => a[i * size + i]!), vectors };
}

/** One rotation in the plane of p and q, which makes their element 0. */
function rotate(a: SquareMatrix, vectors: SquareMatrix, size: number, p: number, q: number): void {
  const slope = (a[q * size + q]! - a[p * size + p]!) / (2 * a[p * size + q]!);
  const tangent = (slope < 0 ? -1 : 1) / (Math.abs(slope) + Math.hypot(slope, 1));
  const cosine = 1 / Math.hypot(tangent, 1);
  const sine = tangent * cosine;
  const turn = (matrix: SquareMatrix, at: number, other: number): void => {
    const [x, y] = [matrix[at]!, matrix[other]!];
    matrix[at] = cosine * x - sine * y;
    matrix[other] = sine * x + cosine * y;
  };
  for (let k = 0; k < size; k++) turn(a, k * size + p, k * size + q);
  for (let k = 0; k < size; k++) turn(a, p * size + k, q * size + k);
  for (let k = 0; k < size; k++) turn(vectors, k * size + p, k * size + q);
}

/** exp(exponent * a) of a symmetric matrix whose eigenvectors are known. */
export function exponentialOf({ values, vectors }: Eigen, exponent: number): SquareMatrix {
  const size = values.length;
  const growth = values.map((value) => Math.exp(exponent * value));
  const scaled = vectors.map((x, i) => x * growth[i % size]!);
  return multiply(scaled, transposed(vectors));
}

export function transposed(a: SquareMatrix): SquareMatrix {
  const size = Math.sqrt(a.length);
  return a.map((_, at) => a[(at % size) * size + Math.floor(at / size)]!);
}

/**
 * A binary heap of plain numbers, smallest first.
 *
 * Priority and payload share one float64 (integers up to 2^53 are exact), which keeps the inner
 * loops of byte-pair encoding free of objects.
 *
 * @module
 */

/** Numbers in, smallest number out. */
export interface NumberHeap {
  readonly size: number;
  push(value: number): void;
  /** Takes the smallest value out; `undefined` when empty. */
  pop(): number | undefined;
}

/** An empty heap. */
export function numberHeap(): NumberHeap {
  let values = new Float64Array(64);
  let size = 0;

  return {
    get size() {
      return size;
    },
    push(value) {
      if (size === values.length) {
        const larger = new Float64Array(size * 2);
        larger.set(values);
        values = larger;
      }
      let place = size++;
      while (place > 0) {
        const parent = (place - 1) >> 1;
        if (values[parent]! <= value) break;
        values[place] = values[parent]!;
        place = parent;
      }
      values[place] = value;
    },
    pop() {
      if (size === 0) return undefined;
      const top = values[0]!;
      const last = values[--size]!;
      let place = 0;
      for (;;) {
        let child = 2 * place + 1;
        if (child >= size) break;
        if (child + 1 < size && values[child + 1]! < values[child]!) child++;
        if (values[child]! >= last) break;
        values[place] = values[child]!;
        place = child;
      }
      values[place] = last;
      return top;
    },
  };
}

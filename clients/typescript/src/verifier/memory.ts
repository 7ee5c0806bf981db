/**
 * A bounded memory of what was used of late. There are two halves: what is used moves to
 * the young one, and when that is full the old one is dropped. So a value that was among
 * the last half of the bound is always there.
 */
export class Memory<V> {
  readonly #half: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  constructor(most: number) {
    this.#half = Math.max(1, Math.floor(most / 2));
  }

  /** How many values are held; one may count twice. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(digest: string): V | undefined {
    const found = this.#young.get(digest);
    if (found !== undefined) return found;
    const old = this.#old.get(digest);
    if (old !== undefined) this.put(digest, old);
    return old;
  }

  put(digest: string, value: V): void {
    if (this.#young.size >= this.#half) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(digest, value);
  }
}

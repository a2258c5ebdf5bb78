type Numbers = Int32Array | Float64Array

/** A typed array that grows as it is pushed to: numbers of a whole city without an object for each. */
abstract class Growing<T extends Numbers> {
  protected abstract data: T
  length = 0

  protected abstract make(capacity: number): T

  push(value: number): number {
    if (this.length === this.data.length) this.reserve(this.length * 2)
    this.data[this.length] = value
    return this.length++
  }

  at(index: number): number {
    return this.data[index]!
  }

  /** What was pushed, without room to spare. */
  taken(): T {
    return this.data.slice(0, this.length) as T
  }

  private reserve(capacity: number) {
    const grown = this.make(capacity)
    grown.set(this.data)
    this.data = grown
  }
}

const CAPACITY_MIN = 1024

export class GrowingInts extends Growing<Int32Array> {
  protected data = new Int32Array(CAPACITY_MIN)
  protected make(capacity: number) {
    return new Int32Array(capacity)
  }
}

export class GrowingDoubles extends Growing<Float64Array> {
  protected data = new Float64Array(CAPACITY_MIN)
  protected make(capacity: number) {
    return new Float64Array(capacity)
  }
}

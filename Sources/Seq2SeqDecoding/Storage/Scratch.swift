// The only place in the decoders that allocates memory by address: inner loops read it without
// reference counting. Indices are checked only in debug builds; they never come from a caller.

/// Immutable plain values at an address that is valid as long as the object lives.
final class FrozenArray<Element: BitwiseCopyable & Sendable>: Sendable {
  /// The values.
  nonisolated(unsafe) let view: UnsafeBufferPointer<Element>

  init(_ values: [Element]) {
    let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: max(1, values.count))
    _ = memory.initialize(from: values)
    view = UnsafeBufferPointer(start: memory.baseAddress, count: values.count)
  }

  deinit { view.deallocate() }
}

/// Growing, reusable memory for plain values.
struct Scratch<Element: BitwiseCopyable>: ~Copyable {
  /// The address of the first value.
  private(set) var base: UnsafeMutablePointer<Element>
  private var capacity: Int
  /// The number of values.
  private(set) var count = 0

  init(capacity: Int = 64) {
    self.capacity = max(capacity, 1)
    base = .allocate(capacity: self.capacity)
  }

  deinit { base.deallocate() }

  subscript(index: Int) -> Element {
    @inline(__always) get {
      assert(index >= 0 && index < count)
      return base[index]
    }
    @inline(__always) nonmutating set {
      assert(index >= 0 && index < count)
      base[index] = newValue
    }
  }

  @inline(__always)
  mutating func append(_ value: Element) {
    if count == capacity { grow(to: count + 1) }
    base[count] = value
    count += 1
  }

  /// Changes the number of values. New values are uninitialized.
  @inline(__always)
  mutating func resize(to newCount: Int) {
    if newCount > capacity { grow(to: newCount) }
    count = newCount
  }

  @inline(__always)
  mutating func removeAll() { count = 0 }

  /// The values; valid until more are added.
  var values: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: base, count: count)
  }

  @inline(never)
  private mutating func grow(to least: Int) {
    let larger = max(least, 2 * capacity)
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: larger)
    memory.update(from: base, count: count)
    base.deallocate()
    base = memory
    capacity = larger
  }
}

/// Memory for plain values that several owners use; unlike that of a class's property, its use is not checked for
/// exclusive access at run time.
final class SharedScratch<Element: BitwiseCopyable> {
  private let scratch: UnsafeMutablePointer<Scratch<Element>>

  init() {
    scratch = .allocate(capacity: 1)
    scratch.initialize(to: Scratch())
  }

  deinit {
    scratch.deinitialize(count: 1)
    scratch.deallocate()
  }

  subscript(index: Int) -> Element {
    @inline(__always) get { scratch.pointee[index] }
  }

  @inline(__always)
  var count: Int { scratch.pointee.count }

  @inline(__always)
  func append(_ value: Element) { scratch.pointee.append(value) }

  @inline(__always)
  func removeAll() { scratch.pointee.removeAll() }
}

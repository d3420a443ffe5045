import LossKernelInterface

/// Work on a sample of any element type.
protocol ElementTask {
  func run<Element: KernelElement>(_ element: Element.Type)
}

extension ElementTask {
  /// Runs the work for the type that a sample has.
  @inline(__always)
  func run(_ element: KernelElementType) {
    switch element {
    case .float: run(Float.self)
    case .double: run(Double.self)
    case .float16:
      #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
        run(Float16.self)
      #endif
    case .bfloat16: run(BFloat16Word.self)
    }
  }
}

import Foundation

/// The widest binary floating-point type of the platform: 64 bits of precision on x86, 53
/// elsewhere.
#if arch(x86_64) || arch(i386)
  package typealias WideFloat = Float80
#else
  package typealias WideFloat = Double
#endif

/// `log(exp(a) + exp(b) + …)`; `-inf` for an empty sum.
package func logSumExp(_ terms: [WideFloat]) -> WideFloat {
  guard let largest = terms.max(), largest > -.infinity else { return -.infinity }
  return largest + log(terms.reduce(0) { $0 + exp($1 - largest) })
}

/// The log-softmax of rows of logits `[time, vocabulary]`.
package func logSoftmax(_ logits: [Double], vocabulary: Int) -> [WideFloat] {
  stride(from: 0, to: logits.count, by: vocabulary).flatMap { start in
    let row = logits[start..<start + vocabulary].map { WideFloat($0) }
    let normalizer = logSumExp(row)
    return row.map { $0 - normalizer }
  }
}

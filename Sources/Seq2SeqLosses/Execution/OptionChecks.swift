/// Throws an error unless the blank is in the vocabulary and the number of threads is positive.
func checkOptions(blank: Int, vocabulary: Int, threads: Int?) throws(InputError) {
  try KernelVariant.check()
  guard vocabulary > 0 else { throw InputError("logits", "the vocabulary is empty") }
  guard (0..<vocabulary).contains(blank) else {
    throw InputError("blank", "\(blank) is outside 0..<\(vocabulary)")
  }
  if let threads, threads < 1 { throw InputError("threads", "\(threads) is less than one") }
}

import Seq2SeqLosses

/// The frames of one sample with their softmax normalizers, which are computed on demand and once,
/// because the hypotheses of a beam use the same frames.
final class PosteriorFrames<Element: LogitElement> {
  let posteriors: Posteriors<Element>
  let sample: Int
  var count: Int { posteriors.layout.lengths[sample] }
  private var normalizers: [RowNormalizer?] = []
  private let variant = KernelVariant.current

  init(_ posteriors: Posteriors<Element>, _ sample: Int) {
    self.posteriors = posteriors
    self.sample = sample
  }

  /// The softmax normalizer of a frame; nil if no value is finite.
  func normalizer(_ frame: Int) -> RowNormalizer? {
    if normalizers.isEmpty { normalizers = [RowNormalizer?](repeating: nil, count: count) }
    if normalizers[frame] == nil {
      posteriors.withFrame(sample, frame) {
        normalizers[frame] = RowNormalizer(
          $0, count: posteriors.layout.vocabulary, variant)
      }
    }
    return normalizers[frame]
  }

  /// Calls `body` with a frame, `[vocabulary]`.
  func withFrame(_ frame: Int, _ body: (UnsafePointer<Double>) -> Void) {
    posteriors.withFrame(sample, frame, body)
  }
}

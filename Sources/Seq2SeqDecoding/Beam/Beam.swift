/// The prefixes of the beam, in parallel arrays.
struct Beam: ~Copyable {
  var prefixes = Scratch<Int32>()
  var parents = Scratch<Int32>()
  var tokens = Scratch<Int32>()
  var blank = Scratch<Double>()
  var label = Scratch<Double>()
  var total = Scratch<Double>()
  var extra = Scratch<Double>()
  /// The bounds of ``extra`` after one more token.
  var bounds = Scratch<FusionBounds>()
  var count: Int { prefixes.count }

  mutating func resize(to count: Int) {
    prefixes.resize(to: count)
    parents.resize(to: count)
    tokens.resize(to: count)
    blank.resize(to: count)
    label.resize(to: count)
    total.resize(to: count)
    extra.resize(to: count)
    bounds.resize(to: count)
  }
}

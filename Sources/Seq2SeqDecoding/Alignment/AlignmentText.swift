/// Alignments in the file formats of other programs. Times are frame numbers times `frameSeconds`,
/// rounded to milliseconds.
extension Alignment {
  /// NIST's CTM: one line per word with recording, channel, start, duration, word and confidence.
  ///
  /// - Parameters:
  ///   - utterance: The name of the recording.
  ///   - frameSeconds: The duration of a frame in seconds.
  public func ctm(utterance: String, frameSeconds: Double) -> String {
    words.map { word in
      let time = Time(frameSeconds)
      return
        "\(Self.oneWord(utterance)) 1 \(time.text(word.frames.lowerBound)) "
        + "\(time.text(word.frames.count)) \(Self.oneWord(word.text)) "
        + Time.text(milliseconds: Int((1000 * word.confidence).rounded())) + "\n"
    }.joined()
  }

  /// Praat's TextGrid with tiers of segments, words and tokens.
  ///
  /// - Parameters:
  ///   - frameSeconds: The duration of a frame in seconds.
  ///   - token: Returns the text of a token.
  public func textGrid(frameSeconds: Double, token: (Int) -> String) -> String {
    let time = Time(frameSeconds)
    let end = time.text(path.count)
    let tiers: [(String, [(Range<Int>, String)])] = [
      ("segments", segments.map { ($0.frames, $0.text) }),
      ("words", words.map { ($0.frames, $0.text) }),
      ("tokens", tokens.map { ($0.frames, token($0.token)) }),
    ]
    var text = """
      File type = "ooTextFile"
      Object class = "TextGrid"

      xmin = 0
      xmax = \(end)
      tiers? <exists>
      size = \(tiers.count)
      item []:

      """
    for (index, tier) in tiers.enumerated() {
      // The intervals of a tier must be contiguous, so an interval with an empty text fills each
      // gap.
      var intervals: [(Range<Int>, String)] = []
      var last = 0
      for (frames, label) in tier.1 where !frames.isEmpty {
        if frames.lowerBound > last { intervals.append((last..<frames.lowerBound, "")) }
        intervals.append((frames, label))
        last = frames.upperBound
      }
      if last < path.count { intervals.append((last..<path.count, "")) }
      text += """
            item [\(index + 1)]:
                class = "IntervalTier"
                name = "\(tier.0)"
                xmin = 0
                xmax = \(end)
                intervals: size = \(intervals.count)

        """
      for (number, interval) in intervals.enumerated() {
        let label = Self.replaced(interval.1) { $0 == "\"" ? "\"\"" : nil }
        text += """
                  intervals [\(number + 1)]:
                      xmin = \(time.text(interval.0.lowerBound))
                      xmax = \(time.text(interval.0.upperBound))
                      text = "\(label)"

          """
      }
    }
    return text
  }

  /// SubRip subtitles: one cue per segment, or per word if there are no segments.
  ///
  /// The format has no escapes. Line ends become spaces, and `-->`, which readers take for times,
  /// becomes `->`.
  public func subRip(frameSeconds: Double) -> String {
    let time = Time(frameSeconds)
    return cues.enumerated().map { index, cue in
      """
      \(index + 1)
      \(time.clock(cue.frames.lowerBound, ",")) --> \(time.clock(cue.frames.upperBound, ","))
      \(Self.withoutArrows(Self.oneLine(cue.text)))


      """
    }.joined()
  }

  /// WebVTT subtitles: one cue per segment, or per word if there are no segments.
  ///
  /// `&`, `<` and `>` are escaped; line ends become spaces.
  public func webVTT(frameSeconds: Double) -> String {
    let time = Time(frameSeconds)
    return "WEBVTT\n\n"
      + cues.map { cue in
        let text = Self.replaced(Self.oneLine(cue.text)) { Self.escapes[$0] }
        return """
          \(time.clock(cue.frames.lowerBound, ".")) --> \(time.clock(cue.frames.upperBound, "."))
          \(text)


          """
      }.joined()
  }

  private var cues: [Hypothesis.Word] { segments.isEmpty ? words : segments }

  // WebVTT, section 4.2.2: cue text.
  private static let escapes: [Unicode.Scalar: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;"]

  /// A text as one field. Fields are separated by spaces, and a line that begins with `;;` is a
  /// comment.
  private static func oneWord(_ text: String) -> String {
    let word = text.unicodeScalars.split { $0.properties.isWhitespace }.map(String.init)
      .joined(separator: "_")
    return word.isEmpty || word.hasPrefix(";;") ? "_" + word : word
  }

  /// A text without line ends, which would end a cue, and without NUL.
  private static func oneLine(_ text: String) -> String {
    replaced(text) {
      switch $0 {
      case "\n", "\r", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}": " "
      case "\0": "\u{FFFD}"
      default: nil
      }
    }
  }

  /// A text in which `-->`, with any number of hyphens, becomes `->`.
  private static func withoutArrows(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar == ">" && result.suffix(2).elementsEqual("--".unicodeScalars) {
        while result.suffix(2).elementsEqual("--".unicodeScalars) { result.removeLast() }
      }
      result.append(scalar)
    }
    return String(result)
  }

  /// A text in which some scalars are replaced, even if combining marks follow them.
  private static func replaced(
    _ text: String, _ replacement: (Unicode.Scalar) -> String?
  ) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if let other = replacement(scalar) {
        result.append(contentsOf: other.unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  private struct Time {
    let frameSeconds: Double

    init(_ frameSeconds: Double) { self.frameSeconds = frameSeconds }

    private func milliseconds(_ frames: Int) -> Int {
      Int((1000 * frameSeconds * Double(frames)).rounded())
    }

    func text(_ frames: Int) -> String { Self.text(milliseconds: milliseconds(frames)) }

    static func text(milliseconds: Int) -> String {
      "\(milliseconds / 1000)." + digits(milliseconds % 1000, 3)
    }

    func clock(_ frames: Int, _ separator: String) -> String {
      let time = milliseconds(frames)
      let (seconds, rest) = (time / 1000, time % 1000)
      return
        Self.digits(seconds / 3600, 2) + ":" + Self.digits(seconds / 60 % 60, 2) + ":"
        + Self.digits(seconds % 60, 2) + separator + Self.digits(rest, 3)
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, count - text.count)) + text
    }
  }
}

import DigitStrings
import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Five columns, four rows: a frame of full ink around two columns of paper, then paper.
private let image = GrayscaleImage(
  columns: 5, rows: 4,
  ink: [1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0])

/// Counts the elements of a well-formed document by name.
private final class ElementCounter: NSObject, XMLParserDelegate {
  var counts: [String: Int] = [:]
  var text = ""

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    counts[elementName, default: 0] += 1
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}

@Suite struct DrawingTests {
  @Test func alignmentInHalfBlocks() {
    let text = AlignmentDrawing(width: 80).text(
      image: image, alignment: [2, 0, 0, 1, 0], tokens: ["<blank>", "7", "0"], blank: 0)
    #expect(
      text == """
        █▀▀█
        █▄▄█
        0··7·
        """)
  }

  @Test func alignmentFoldsAtTheWidth() {
    let text = AlignmentDrawing(width: 3).text(
      image: image, alignment: [2, 0, 0, 1, 0], tokens: ["<blank>", "7", "0"], blank: 0)
    #expect(
      text == """
        █▀▀
        █▄▄
        0··

        █
        █
        7·
        """)
  }

  @Test func colorsOnlyWhereAsked() {
    let arguments = (alignment: [1, 0], tokens: ["-", "a"])
    let (plain, colored) = (AlignmentDrawing(), AlignmentDrawing(usesColor: true))
    let texts = [plain, colored].map {
      $0.text(image: image, alignment: arguments.alignment, tokens: arguments.tokens, blank: 0)
    }
    #expect(!texts[0].contains("\u{1B}"))
    #expect(texts[1].contains("\u{1B}[0;38;5;255;48;5;255m▀"))
    #expect(texts[1].split(separator: "\n").allSatisfy { $0.hasSuffix("\u{1B}[0m") })
  }

  @Test func plotIsWellFormedAndShowsWhatOccurs() throws {
    let svg = PosteriorPlot(title: "a < b & \"c\" \u{1}").svg(
      posteriors: [0.9, 0.1, 0, 0, 0.1, 0.6, 0.3, 0, 0.9, 0, 0, 0.1], frames: 3, vocabulary: 4,
      tokens: ["<blank>", "<&>", " ", "never"], blank: 0, alignment: [0, 1, 0], image: image)
    let parser = XMLParser(data: Data(svg.utf8))
    let counter = ElementCounter()
    parser.delegate = counter
    #expect(parser.parse())
    #expect(counter.counts["svg"] == 1)
    #expect(counter.text.contains("a < b & \"c\" \u{FFFD}"))
    for shown in ["<&>", "␣", "blank", "input", "posterior", "alignment", "frame"] {
      #expect(counter.text.contains(shown))
    }
    #expect(!counter.text.contains("never"))
  }

  @Test func plotOfNothing() {
    let svg = PosteriorPlot().svg(
      posteriors: [], frames: 0, vocabulary: 1, tokens: ["-"], blank: 0)
    #expect(XMLParser(data: Data(svg.utf8)).parse())
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }
}

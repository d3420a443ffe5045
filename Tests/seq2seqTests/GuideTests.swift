import Foundation
import Testing

/// The guides contain the snippets and their output exactly.
@Suite struct GuideTests {
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    @Test(arguments: [
      ("Decoding", "DecodeLines"), ("LanguageModels", "DecodeWithModel"),
      ("ForcedAlignment", "AlignText"), ("MinimumRisk", "MinimumRiskSteps"),
      ("TransducerDecoding", "DecodeTransducer"), ("TransducerLosses", "TransducerLosses"),
    ])
    func snippet(_ guide: String, _ snippet: String) throws {
      let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
      func text(_ path: String) throws -> String {
        try String(contentsOf: package.appendingPathComponent(path), encoding: .utf8)
      }
      let page = try text("Guides/\(guide).md")
      let source = try text("Snippets/\(snippet).swift")
      let shown = try #require(
        source.components(separatedBy: "// snippet.show\n").last?
          .components(separatedBy: "// snippet.hide").first)
      #expect(page.contains("```swift\n\(shown)```\n"))
      let outcome = try Program.run(snippet, [], in: package)
      #expect(outcome.code == 0 && outcome.errors.isEmpty)
      #expect(page.contains("```\n\(outcome.output.trimmingCharacters(in: .newlines))\n```\n"))
    }
  #endif
}

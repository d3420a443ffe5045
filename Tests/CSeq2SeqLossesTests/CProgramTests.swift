import Foundation
import Testing

#if !os(Windows) && !os(iOS)
  /// The C interface as a C programmer uses it: a header, a library and a compiler.
  @Suite struct CProgramTests {
    /// A sanitizer's runtime must be linked to the program, because the library cannot load it.
    static let isSanitized =
      dlsym(dlopen(nil, RTLD_NOW), "__asan_init") != nil
      || dlsym(dlopen(nil, RTLD_NOW), "__tsan_init") != nil

    private final class Anchor {}

    @Test(.enabled(if: !isSanitized, "a C program without the sanitizer cannot load the library"))
    func aCProgramCompilesAndRuns() throws {
      #if os(macOS)
        let products = Bundle(for: Anchor.self).bundleURL.deletingLastPathComponent()
      #else
        let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      #endif
      let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      let header = tests.appendingPathComponent("../../Sources/CSeq2SeqLossesHeader").path
      let program = FileManager.default.temporaryDirectory.appendingPathComponent(
        UUID().uuidString)
      defer { try? FileManager.default.removeItem(at: program) }
      let compiled = try run(
        "/usr/bin/env", "cc", "-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I", header,
        tests.appendingPathComponent("program.c").path, "-L", products.path,
        "-lCSeq2SeqLosses", "-lm", "-Wl,-rpath,\(products.path)", "-o", program.path)
      #expect(compiled == "exit 0: ")
      #expect(try run(program.path) == "exit 0: all well\n")
    }

    /// Returns the exit code and the output of a process.
    private func run(_ executable: String, _ arguments: String...) throws -> String {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: executable)
      process.arguments = arguments
      let output = Pipe()
      process.standardOutput = output
      process.standardError = output
      try process.run()
      let text = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      return "exit \(process.terminationStatus): \(String(decoding: text, as: UTF8.self))"
    }
  }
#endif

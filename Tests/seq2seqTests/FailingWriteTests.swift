import Foundation
import TensorFiles
import Testing

/// Failing writes of every command: an error and code 1, older files unchanged, no temporary files
/// left.
extension CommandLineTests {
  /// Runs the command in a shell, which closes, redirects and limits; `$S` is the command.
  private func shell(_ script: String) throws -> Program.Outcome {
    try Program.run(
      URL(fileURLWithPath: "/bin/sh"), ["-c", script],
      in: directory, environment: ["S": Program.url("seq2seq").path])
  }

  /// Inputs of every command, and older files in the places of all outputs.
  private func writeAll() throws {
    try writeInputs()
    let path = [0, 2, 3, 3, 1, 2, 0]
    let values = path.flatMap { best in (0..<4).map { Float(log($0 == best ? 0.7 : 0.1)) } }
    try NPYWriter.write(values, shape: [7, 4], to: self.path("p.npy"))
    try write("_\n \na\nb\n", to: "labels.txt")
    try write("ab a\n", to: "text.txt")
    for name in Self.outputs { try write("old", to: name) }
  }

  private static let outputs = ["g.npy", "h.npy", "l.npy", "page.html", "d.svg"]

  private static let commands = [
    "loss x.npy y.jsonl --gradient g.npy --hessian h.npy --losses l.npy",
    "loss x.npy y.jsonl --json", "decode p.npy --labels labels.txt",
    "decode p.npy --greedy", "align p.npy text.txt --labels labels.txt --html page.html",
    "align p.npy text.txt --labels labels.txt --format srt",
    "spot p.npy text.txt --labels labels.txt --minimum-score 0.01",
    "score text.txt text.txt --show 1", "demo --steps 1 --held-out 1 --svg d.svg",
    "--help", "help loss", "decode --help", "--generate-completion-script bash",
  ]

  private func files() throws -> [String: Data] {
    var files: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
      files[name] = try Data(contentsOf: URL(fileURLWithPath: path(name)))
    }
    return files
  }

  @Test func standardOutputThatFails() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try writeAll()
    let before = try files()
    for command in Self.commands {
      // The demo trains before it prints: once is enough.
      let isDemo = command.hasPrefix("demo")
      var failures = isDemo ? [] : [(">&-", "Bad file descriptor")]
      #if os(Linux)
        failures.append((">/dev/full", "No space left on device"))
      #endif
      for (redirection, problem) in failures {
        let outcome = try shell("$S \(command) \(redirection)")
        #expect(outcome.code == 1, "\(command) \(redirection)")
        #expect(outcome.errors == "error: standard output: \(problem)\n", "\(command)")
      }
      if isDemo { continue }
      // The reader has closed the pipe before the command starts: the command ends as by SIGPIPE,
      // without a message.
      let closed = try shell("{ sleep 0.1; $S \(command); echo $? >&2; } | true")
      #expect(closed.errors == "141\n", "\(command)")
    }
    #expect(try files() == before)
  }

  @Test func filesThatReachTheirLargestSize() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try writeAll()
    let values = [Float](repeating: 0, count: 1 << 16)
    try NPYWriter.write(values, shape: [1, 64, 1024], to: path("large.npy"))
    try write("[1]\n", to: "one.jsonl")
    let before = try files()
    for (arguments, output) in [
      ("loss large.npy one.jsonl --gradient g.npy", "g.npy"),
      ("loss large.npy one.jsonl --gradient new.npy --losses l.npy", "new.npy"),
      ("align p.npy text.txt --labels labels.txt --html page.html", "page.html"),
      ("demo --steps 1 --held-out 1 --svg d.svg", "d.svg"),
    ] {
      // Blocks of 512 bytes or of 1024: less than any of the files.
      let outcome = try shell("ulimit -f 4; $S \(arguments)")
      #expect(outcome.code == 1, "\(arguments)")
      #expect(outcome.errors == "error: \(output): File too large\n")
      #expect(try files() == before)
    }
    let printed = try shell("ulimit -f 1; $S --generate-completion-script bash > out.txt")
    #expect(printed.code == 1)
    #expect(printed.errors == "error: standard output: File too large\n")
  }

  #if os(Linux)
    @Test func devicesAreWrittenDirectly() throws {
      defer { try? FileManager.default.removeItem(at: directory) }
      try writeAll()
      let full = try shell("$S loss x.npy y.jsonl --gradient /dev/full")
      #expect(full.code == 1 && full.output.isEmpty)
      #expect(full.errors == "error: /dev/full: No space left on device\n")
      let both = try shell(
        "$S loss x.npy y.jsonl --gradient /dev/stdout --losses /dev/null > both && cat both")
      #expect(both.code == 0 && both.output.contains("NUMPY"))
      #expect(both.output.contains("mean by label length"))
      let fifo = try shell(
        "mkfifo f; cat f > copy & $S loss x.npy y.jsonl --gradient f; wait; test -p f && cat copy")
      #expect(fifo.code == 0 && fifo.output.contains("NUMPY"))
    }

    /// A file system of a few pages, where this user may mount one.
    @Test func fullFileSystem() throws {
      defer { try? FileManager.default.removeItem(at: directory) }
      try writeAll()
      let outcome = try shell(
        """
        unshare -rm true 2>/dev/null || { echo skipped; exit 0; }
        mkdir small; head -c 300000 /dev/zero > zeros
        unshare -rm sh -c '
          mount -t tmpfs -o size=16k none small || { echo skipped; exit 0; }
          echo old > small/g.npy; cat zeros > small/zeros 2>/dev/null
          $S loss x.npy y.jsonl --gradient small/g.npy > small/out; echo $?
          $S align p.npy text.txt --labels labels.txt --html small/page.html; echo $?
          rm small/out; cat small/g.npy; ls -A small'
        """)
      guard !outcome.output.contains("skipped") else { return }
      let lines = outcome.output.split(separator: "\n").filter { !$0.hasPrefix("{") }
      #expect(lines == ["1", "1", "old", "g.npy", "zeros"], "\(outcome)")
      #expect(outcome.errors.contains("No space left on device"))
    }
  #endif

  @Test func outputsThatOverwriteInputs() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try writeAll()
    for script in [
      "ln -s x.npy s.npy", "ln x.npy hard.npy", "ln -s new.npy dangling.npy", "mkdir sub",
    ] { _ = try shell(script) }
    let before = try shell("cksum *.npy *.txt *.jsonl")
    for (arguments, problem) in [
      ("loss x.npy y.jsonl --gradient x.npy", "--gradient x.npy would overwrite LOGITS x.npy"),
      ("loss x.npy y.jsonl --gradient ./x.npy", "would overwrite LOGITS"),
      ("loss x.npy y.jsonl --hessian s.npy", "would overwrite LOGITS"),
      ("loss s.npy y.jsonl --losses hard.npy", "would overwrite LOGITS"),
      ("loss x.npy y.npy --losses y.npy", "would overwrite LABELS"),
      ("loss x.npy y.npy --label-lengths l.npy --losses l.npy", "overwrite --label-lengths l.npy"),
      (
        "loss x.npy y.npy --gradient n.npy --losses sub/../n.npy", "overwrite --losses sub/../n.npy"
      ),
      (
        "loss x.npy y.npy --gradient new.npy --losses dangling.npy",
        "overwrite --losses dangling.npy"
      ),
      ("loss x.npy y.npy --gradient g.npy --hessian g.npy", "would overwrite"),
      ("align p.npy text.txt --html p.npy", "would overwrite POSTERIORS"),
      ("align p.npy text.txt --html text.txt", "would overwrite TEXTS"),
      ("align p.npy text.txt --labels labels.txt --html labels.txt", "overwrite --labels"),
      ("align p.npy text.txt --html page.html > page.html", "overwrite standard output"),
      ("decode p.npy --labels labels.txt >> labels.txt", "standard output would overwrite"),
      ("decode p.npy --hotwords text.txt >> text.txt", "would overwrite --hotwords"),
      ("spot p.npy text.txt >> text.txt", "would overwrite PHRASES"),
      ("score text.txt text.txt >> text.txt", "would overwrite"),
      ("demo --svg d.svg >> d.svg", "--svg d.svg would overwrite standard output"),
    ] {
      let outcome = try shell("$S \(arguments)")
      #expect(outcome.code == 1 && outcome.output.isEmpty, "\(arguments)")
      #expect(outcome.errors.contains(problem), "\(arguments): \(outcome.errors)")
    }
    #expect(try shell("cksum *.npy *.txt *.jsonl") == before)
  }

  @Test func linksAndPermissionsAreKept() throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try writeAll()
    let outcome = try shell(
      """
      umask 022; mkdir sub; ln -s sub/new.npy link.npy; chmod 600 g.npy
      ln -s g.npy mode.npy; ln -s circle.npy circle.npy
      $S loss x.npy y.npy --gradient mode.npy --losses link.npy > /dev/null || exit 9
      test -L mode.npy && test -L link.npy || exit 8
      ls -l g.npy sub/new.npy | cut -c1-10; ls -A sub
      $S loss x.npy y.npy --gradient circle.npy
      """)
    #expect(outcome.output == "-rw-------\n-rw-r--r--\nnew.npy\n")
    #expect(outcome.code == 1 && outcome.errors.contains("circle.npy: "))
  }

  /// Not SIGINT: shells let their background jobs ignore it.
  @Test(arguments: ["TERM", "HUP"]) func signals(_ name: String) throws {
    defer { try? FileManager.default.removeItem(at: directory) }
    try writeAll()
    // A pipe that nobody reads keeps the command waiting while its file is unfinished.
    let outcome = try shell(
      """
      mkfifo f; sleep 30 < f & reader=$!
      "$S" loss x.npy y.npy --gradient g.npy --hessian f > /dev/null &
      command=$!
      kill $reader
      for i in $(seq 100); do ls .*.partial > /dev/null 2>&1 && break; sleep 0.05; done
      ls .*.partial | wc -l
      kill -\(name) $command; wait $command; echo $?
      ls .*.partial 2>/dev/null | wc -l; cat g.npy
      """)
    let code = name == "HUP" ? "129" : "143"
    #expect(
      outcome.output.split(whereSeparator: \.isWhitespace).map(String.init)
        == ["1", code, "0", "old"], "\(outcome)")
  }
}

import Foundation
import Seq2SeqDecoding
import Seq2SeqLosses

/// Alignments as one self-contained HTML page: a heat map of the probabilities with the path, and
/// the words with their scores.
struct AlignmentPage {
  /// The largest number of tokens in the heat map; the targets and the blank come first.
  private static let mostRows = 48

  private struct Span: Encodable {
    let text: String
    let start, end: Int
    let logProbability, confidence: Double
  }

  private struct Utterance: Encodable {
    let id: String
    let frames: Int
    let frameSeconds: Double
    let logProbability: Double
    /// The texts of the rows. `heat` has their probabilities as bytes `[rows, frames]` in base 64.
    let rows: [String]
    let heat: String
    /// The row of each frame's token; -1 if the token is not shown.
    let path: [Int]
    let words, tokens: [Span]
  }

  private var utterances: [Utterance] = []

  /// Adds an utterance; `row` returns a frame's log-probabilities or logits.
  mutating func add(
    _ alignment: Alignment, id: String, vocabulary: TokenVocabulary, frameSeconds: Double,
    row: (Int) -> [Double]
  ) {
    let frames = alignment.path.count
    // The softmax, so logits and log-probabilities give the same probabilities.
    let rows = (0..<frames).map { frame in
      let values = row(frame)
      let normalizer = RowNormalizer(values, count: values.count)
      return values.map { exp(normalizer?.logProbability(of: $0) ?? $0) }
    }
    var mass = [Double](repeating: 0, count: vocabulary.count)
    for row in rows { for (token, value) in row.enumerated() { mass[token] += value } }
    var shown = [vocabulary.blank]
    for token in alignment.tokens.map(\.token) where token >= 0 && !shown.contains(token) {
      shown.append(token)
    }
    let others = mass.indices.sorted { mass[$0] == mass[$1] ? $0 < $1 : mass[$0] > mass[$1] }
    for token in others where !shown.contains(token) && mass[token] > 0.05 { shown.append(token) }
    shown = Array(shown.prefix(Self.mostRows))
    func name(_ token: Int) -> String {
      if token < 0 { return "*" }
      if token == vocabulary.blank { return "∅" }
      let text = vocabulary.texts?[token] ?? String(token)
      return text == " " ? "␣" : text
    }
    let heat = shown.flatMap { token in
      rows.map { UInt8((255 * min(1, max(0, $0[token].isNaN ? 0 : $0[token]))).rounded()) }
    }
    utterances.append(
      Utterance(
        id: id, frames: frames, frameSeconds: frameSeconds,
        logProbability: alignment.logProbability, rows: shown.map(name),
        heat: Data(heat).base64EncodedString(),
        path: alignment.path.map { shown.firstIndex(of: $0) ?? -1 },
        words: alignment.words.map {
          Span(
            text: $0.text, start: $0.frames.lowerBound, end: $0.frames.upperBound,
            logProbability: $0.logProbability, confidence: $0.confidence)
        },
        tokens: alignment.tokens.map {
          Span(
            text: name($0.token), start: $0.frames.lowerBound, end: $0.frames.upperBound,
            logProbability: $0.logProbability, confidence: $0.confidence)
        }))
  }

  func html() throws -> String {
    // A script element must not contain anything that looks like its end tag.
    let data = try jsonText(utterances).replacingOccurrences(
      of: "<", with: "\\u003c", options: .literal)
    return Self.template.replacingOccurrences(of: "/*DATA*/[]", with: data)
  }

  private static let template = #"""
    <!doctype html>
    <html lang="en">
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Alignment</title>
    <style>
    :root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --faint: #8a94a0; --line: #d8dee4; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e6edf3; --paper: #0d1117; --faint: #7d8590; --line: #30363d; } }
    body { font: 14px/1.45 system-ui, sans-serif; margin: 1.5rem; color: var(--ink);
      background: var(--paper); }
    header { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center; }
    h1 { font-size: 1.1rem; margin: 0; }
    label { color: var(--faint); }
    select, input { font: inherit; }
    #facts { color: var(--faint); margin: .5rem 0 1rem; }
    #scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
    canvas { display: block; }
    #tip { position: fixed; pointer-events: none; background: var(--ink); color: var(--paper);
      padding: .3rem .5rem; border-radius: 4px; font-size: 12px; white-space: pre; display: none; }
    table { border-collapse: collapse; margin-top: 1.25rem; }
    th, td { text-align: right; padding: .15rem .8rem; border-bottom: 1px solid var(--line);
      font-variant-numeric: tabular-nums; }
    th { color: var(--faint); font-weight: 500; }
    th:first-child, td:first-child { text-align: left; }
    tbody tr:hover { background: color-mix(in srgb, var(--ink) 8%, transparent); cursor: pointer; }
    </style>
    <header>
      <h1>Alignment</h1>
      <label>Utterance <select id="choice"></select></label>
      <label>Zoom <input id="zoom" type="range" min="2" max="48" value="10"></label>
    </header>
    <p id="facts"></p>
    <div id="scroll"><canvas id="map"></canvas></div>
    <div id="tip"></div>
    <table><thead><tr><th>word<th>start (s)<th>end (s)<th>log-probability<th>confidence</thead>
    <tbody id="words"></tbody></table>
    <script>
    const data = /*DATA*/[];
    const $ = id => document.getElementById(id);
    const left = 56, top_ = 46, rowHeight = 16, bottom = 24;
    let current, heat, width = 10, marked = -1;
    const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const number = (value, digits = 3) => typeof value === "number" ? value.toFixed(digits) : value;
    // Dark violet to yellow: brighter is more probable, also without color.
    function color(p) {
      const t = Math.sqrt(p), stops = [[16, 10, 46], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]];
      const x = t * (stops.length - 1), i = Math.min(Math.floor(x), stops.length - 2), f = x - i;
      return "rgb(" + stops[i].map((c, k) => Math.round(c + f * (stops[i + 1][k] - c))) + ")";
    }
    const palette = Array.from({length: 256}, (_, i) => color(i / 255));
    const trust = c => `hsl(${Math.round(120 * Math.max(0, Math.min(1, c)))} 65% 42%)`;
    function load(index) {
      current = data[index];
      heat = Uint8Array.from(atob(current.heat), c => c.charCodeAt(0));
      marked = -1;
      $("facts").textContent = `${current.frames} frames of ${current.frameSeconds} s, ` +
        `log-probability of the path ${number(current.logProbability)}`;
      $("words").replaceChildren(...current.words.map((word, i) => {
        const row = document.createElement("tr");
        for (const text of [word.text, number(word.start * current.frameSeconds),
          number(word.end * current.frameSeconds), number(word.logProbability), number(word.confidence)])
          row.appendChild(document.createElement("td")).textContent = text;
        row.lastChild.style.color = trust(word.confidence);
        row.onclick = () => { marked = i; draw();
          $("scroll").scrollLeft = left + word.start * width - $("scroll").clientWidth / 3; };
        return row;
      }));
      draw();
    }
    function draw() {
      const {frames, rows, path, words, tokens} = current, canvas = $("map");
      // Browsers draw no canvas wider than some 32,000 pixels.
      const scale = Math.min(devicePixelRatio || 1, 30000 / (left + frames * width + 28));
      const w = left + frames * width + 28, h = top_ + rows.length * rowHeight + bottom;
      canvas.width = Math.ceil(w * scale); canvas.height = Math.ceil(h * scale);
      canvas.style.width = w + "px"; canvas.style.height = h + "px";
      const g = canvas.getContext("2d");
      g.scale(scale, scale);
      g.font = "12px ui-monospace, monospace"; g.textBaseline = "middle";
      for (let r = 0; r < rows.length; r++) for (let t = 0; t < frames; t++) {
        g.fillStyle = palette[heat[r * frames + t]];
        g.fillRect(left + t * width, top_ + r * rowHeight, width + .5, rowHeight + .5);
      }
      g.fillStyle = css("--ink"); g.textAlign = "right";
      rows.forEach((text, r) => g.fillText(text.slice(0, 7), left - 6, top_ + (r + .5) * rowHeight));
      g.textAlign = "center";
      const step = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find(s => s * width >= 64) || 5000;
      g.fillStyle = css("--faint");
      for (let t = 0; t <= frames; t += step)
        g.fillText(number(t * current.frameSeconds, 2), left + t * width, h - bottom / 2);
      words.forEach((word, i) => {
        const x = left + word.start * width, size = Math.max(2, (word.end - word.start) * width);
        g.fillStyle = trust(word.confidence);
        g.globalAlpha = i === marked ? 1 : .8;
        g.fillRect(x, 6, size, 16);
        g.globalAlpha = 1; g.fillStyle = "#fff"; g.save();
        g.beginPath(); g.rect(x, 6, size, 16); g.clip();
        g.fillText(word.text, x + size / 2, 14); g.restore();
      });
      g.fillStyle = css("--ink");
      for (const token of tokens) {
        const x = left + token.start * width, size = (token.end - token.start) * width;
        g.fillRect(x, 25, size, 2);
        if (width >= 6) g.fillText(token.text.slice(0, 3), x + size / 2, 35);
      }
      g.strokeStyle = "#39d0ff"; g.lineWidth = 1.5; g.beginPath();
      let open = false;
      path.forEach((r, t) => {
        if (r < 0) { open = false; return; }
        const x = left + t * width, y = top_ + (r + .5) * rowHeight;
        open ? g.lineTo(x, y) : g.moveTo(x, y);
        g.lineTo(x + width, y); open = true;
      });
      g.stroke();
    }
    $("map").onmousemove = event => {
      const t = Math.floor((event.offsetX - left) / width);
      const r = Math.floor((event.offsetY - top_) / rowHeight), tip = $("tip");
      if (t < 0 || t >= current.frames) return void (tip.style.display = "none");
      const word = current.words.find(w => w.start <= t && t < w.end);
      const lines = [`frame ${t}, ${number(t * current.frameSeconds)} s`];
      if (word) lines.push(`${word.text}: confidence ${number(word.confidence)}`);
      if (r >= 0 && r < current.rows.length)
        lines.push(`p(${current.rows[r]}) = ${number(heat[r * current.frames + t] / 255)}`);
      tip.textContent = lines.join("\n");
      tip.style.display = "block";
      tip.style.left = Math.min(event.clientX + 14, innerWidth - 180) + "px";
      tip.style.top = event.clientY + 14 + "px";
    };
    $("map").onmouseleave = () => $("tip").style.display = "none";
    $("scroll").addEventListener("wheel", event => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const scroll = $("scroll"), x = event.clientX - scroll.getBoundingClientRect().left;
      const frame = (scroll.scrollLeft + x - left) / width;
      width = Math.max(2, Math.min(48, width * (event.deltaY < 0 ? 1.15 : 1 / 1.15)));
      $("zoom").value = width; draw();
      scroll.scrollLeft = left + frame * width - x;
    }, {passive: false});
    $("zoom").oninput = () => { width = +$("zoom").value; draw(); };
    data.forEach((u, i) => $("choice").add(new Option(u.id, i)));
    $("choice").onchange = () => load(+$("choice").value);
    if (data.length) load(0); else $("facts").textContent = "No utterance could be aligned.";
    </script>
    </html>
    """#
}

import TensorFiles
import Testing

/// A file that the safetensors library wrote.
@Suite struct SafetensorsTests {
  @Test func arrays() throws {
    let tensors = try SafetensorsFile.read(fixture("arrays.safetensors"))
    #expect(Set(tensors.keys) == ["logits", "half", "brain", "labels", "byte"])
    let logits = try #require(tensors["logits"])
    #expect(logits.shape == [2, 3, 4] && logits.elementType == .float32)
    #expect(try logits.withElements(as: Float.self) { $0[23] } == 23)
    #expect(try tensors["labels"]?.integers() == Array(0..<12))
    #expect(try tensors["byte"]?.integers() == [1, 2, 3])
    #expect(try tensors["brain"]?.withElements(as: UInt16.self) { $0[1] } == 0x3F80)
    #expect(tensors["half"]?.elementType == .float16)
  }
}

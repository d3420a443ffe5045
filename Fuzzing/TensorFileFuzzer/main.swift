import FuzzSupport
import TensorFiles

/// Reads arrays and labels: each input is read in the format that its beginning suggests, otherwise
/// as JSON Lines.
fuzz { bytes, count in
  let bytes = UnsafeBufferPointer(start: bytes, count: count)
  if bytes.first == 0x93 {
    if let tensor = try? NPYFile.read(bytes: bytes) { read(tensor) }
  } else if bytes.starts(with: [0x50, 0x4B]) {
    if let tensors = try? NPZFile.read(bytes: bytes) { tensors.values.forEach(read) }
  } else if bytes.count > 8 && bytes[7] == 0 {
    if let tensors = try? SafetensorsFile.read(bytes: bytes) { tensors.values.forEach(read) }
  } else {
    _ = try? LabelLines.read(bytes: bytes)
  }
  return 0
}

private func read(_ tensor: Tensor) {
  if tensor.elementType.isInteger {
    guard let integers = try? tensor.integers() else { return }
    precondition(integers.count == tensor.count)
  } else if let floats = try? tensor.floats() {
    precondition(floats.count == tensor.count)
  }
  try? tensor.withElements(as: Float.self) { values in
    _ = values.isEmpty ? 0 : values[0] + values[values.count - 1]
  }
}

import FuzzSupport
import TensorFiles

/// Arrays and labels: each reader sees each file.
fuzz { bytes, count in
  FuzzedFile.with(bytes, count) { path in
    if let tensor = try? NPYFile.read(path) { read(tensor) }
    if let tensors = try? SafetensorsFile.read(path) { tensors.values.forEach(read) }
    _ = try? LabelLines.read(path)
  }
  return 0
}

private func read(_ tensor: Tensor) {
  _ = try? tensor.integers()
  try? tensor.withElements(as: Float.self) { values in
    _ = values.isEmpty ? 0 : values[0] + values[values.count - 1]
  }
}

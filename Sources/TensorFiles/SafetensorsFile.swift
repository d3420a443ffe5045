import MappedFiles

// FoundationEssentials lacks the data about languages and regions, which take 40 MB.
#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Reads `.safetensors` files: named arrays after a JSON header.
///
/// Format: the `README` of huggingface/safetensors. Eight bytes with the length of the header, the
/// header, the data.
public enum SafetensorsFile {
  /// Reads all arrays of a file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - loading: Whether the file is memory-mapped or copied into memory.
  /// - Throws: ``TensorFileError`` if the file cannot be opened, is truncated or has another
  ///   format; if an array's offsets do not fit its shape, the file or the other arrays; or if an
  ///   array's element type has no ``ElementType``.
  public static func read(
    _ path: String, loading: FileLoading = .mapped
  ) throws(TensorFileError) -> [String: Tensor] {
    try read(MappedFile(path, loading))
  }

  /// Reads all arrays from a copy of a file's bytes; `path` names the file in errors.
  ///
  /// - Parameters:
  ///   - bytes: The content of the file.
  ///   - path: The name of the file in errors.
  /// - Throws: ``TensorFileError`` like ``read(_:loading:)``.
  public static func read(
    bytes: some Collection<UInt8>, path: String = ""
  ) throws(TensorFileError) -> [String: Tensor] {
    try read(MappedFile(copying: bytes, path: path))
  }

  private static func read(_ file: MappedFile) throws(TensorFileError) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (name, member) in try members(file) {
      guard case .array(let tensor) = member else { throw member.error(file.path, name) }
      tensors[name] = tensor
    }
    return tensors
  }

  /// Reads the array with this name, or the only array. Other arrays may have any type.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - name: The name of the array; nil for the only array.
  ///   - loading: Whether the file is memory-mapped or copied into memory.
  /// - Throws: ``TensorFileError`` like ``read(_:loading:)``; also if there is no array with this
  ///   name, or if there are several arrays and no name is given.
  public static func read(
    _ path: String, name: String?, loading: FileLoading = .mapped
  ) throws(TensorFileError) -> Tensor {
    let members = try members(MappedFile(path, loading))
    let (chosen, content) = try NamedArrays.choose(name, of: members, path)
    guard case .array(let tensor) = content else { throw content.error(path, chosen) }
    return tensor
  }

  private enum Content {
    case array(Tensor)
    case unknown(String)

    func error(_ path: String, _ name: String) -> TensorFileError {
      guard case .unknown(let type) = self else { return TensorFileError(path, "'\(name)'") }
      return TensorFileError(
        path, "'\(name)' has elements of type '\(type)', which is not supported")
    }
  }

  private static func members(
    _ file: MappedFile
  ) throws(TensorFileError) -> [String: Content] {
    let (path, bytes) = (file.path, file.bytes)
    guard bytes.count >= 8 else { throw TensorFileError(path, "not a .safetensors file") }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    // The format's own limit, so that a wrong length is not parsed.
    guard length <= 100_000_000, length <= UInt64(bytes.count - 8) else {
      throw TensorFileError(path, "a header of \(length) bytes, cut short or not .safetensors")
    }
    let start = 8 + Int(length)
    let entries = try header(Data(bytes[8..<start]), path)
    var contents: [String: Content] = [:]
    var end = 0
    // Sorted by the end as well, because an empty array begins where the next array does.
    for entry in entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      guard entry.begin == end, entry.end >= entry.begin, entry.end <= bytes.count - start else {
        throw TensorFileError(
          path, "'\(entry.name)' at \(entry.begin)..<\(entry.end) overlaps, skips or is cut short")
      }
      end = entry.end
      guard let type = entry.type else {
        contents[entry.name] = .unknown(entry.typeName)
        continue
      }
      let tensor = try Tensor(
        file, type, shape: entry.shape, byteOffset: start + entry.begin,
        isByteSwapped: UInt16(1).littleEndian != 1 && type.byteCount > 1)
      guard tensor.count * type.byteCount == entry.end - entry.begin else {
        throw TensorFileError(
          path, "'\(entry.name)' has \(entry.end - entry.begin) bytes for shape \(entry.shape)")
      }
      contents[entry.name] = .array(tensor)
    }
    guard end == bytes.count - start else {
      throw TensorFileError(path, "\(bytes.count - start - end) bytes belong to no array")
    }
    return contents
  }

  private struct Entry {
    let name: String
    let typeName: String
    let type: ElementType?
    let shape: [Int]
    let begin: Int
    let end: Int
  }

  private struct Description: Decodable {
    let dtype: String
    let shape: [Int]
    let data_offsets: [Int]
  }

  /// An array's description or, for the metadata, any JSON value.
  private enum Member: Decodable {
    case array(Description)
    case other

    init(from decoder: any Decoder) throws {
      if decoder.codingPath.last?.stringValue == "__metadata__" {
        self = .other
      } else {
        self = .array(try Description(from: decoder))
      }
    }
  }

  private static func header(_ data: Data, _ path: String) throws(TensorFileError) -> [Entry] {
    if let key = JSONKeys(data).firstDuplicate {
      throw TensorFileError(path, "the header has '\(key)' twice")
    }
    let members: [String: Member]
    do {
      members = try JSONDecoder().decode([String: Member].self, from: data)
    } catch {
      throw TensorFileError(path, "the header is not the JSON of a .safetensors file")
    }
    var entries: [Entry] = []
    for (name, member) in members {
      guard case .array(let description) = member else { continue }
      guard description.data_offsets.count == 2, description.data_offsets[0] >= 0 else {
        throw TensorFileError(path, "'\(name)' has offsets \(description.data_offsets)")
      }
      entries.append(
        Entry(
          name: name, typeName: description.dtype, type: types[description.dtype],
          shape: description.shape, begin: description.data_offsets[0],
          end: description.data_offsets[1]))
    }
    return entries
  }

  private static let types: [String: ElementType] = [
    "BOOL": .bool, "I8": .int8, "I16": .int16, "I32": .int32, "I64": .int64, "U8": .uint8,
    "U16": .uint16, "U32": .uint32, "U64": .uint64, "F16": .float16, "F32": .float32,
    "F64": .float64, "BF16": .bfloat16,
  ]
}

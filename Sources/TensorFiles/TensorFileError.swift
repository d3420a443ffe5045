// `FileLoading` and `FileError` are part of this module's interface.
@_exported import MappedFiles

/// A file that cannot be read or written: names the file and what is wrong with it, in one line.
public typealias TensorFileError = FileError

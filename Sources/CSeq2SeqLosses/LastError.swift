import CLibrary
import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// The text of the calling thread's last error.
///
/// In C's own storage for threads: callers read it after the call has returned.
enum LastError {
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key) { text in free(text) }
    return key
  }()

  static var text: UnsafePointer<CChar>? {
    pthread_getspecific(key).map { UnsafePointer($0.assumingMemoryBound(to: CChar.self)) }
  }

  static func set(_ text: String) {
    free(pthread_getspecific(key))
    pthread_setspecific(key, strdup(text))
  }
}

/// Runs `body`; an error becomes a status and the thread's error text. `names` are what the function's arguments are
/// called in C, where that is not Swift's name with its words apart.
func status(
  _ names: [String: String] = [:], _ body: () throws(InputError) -> Void
) -> seq2seq_status {
  do {
    try body()
    return SEQ2SEQ_OK
  } catch {
    return invalid(error, names)
  }
}

/// Runs `body`, in which a model of the caller's may fail too.
func modelStatus(_ body: () throws -> Void) -> seq2seq_status {
  do {
    try body()
    return SEQ2SEQ_OK
  } catch let error as InputError {
    return invalid(error, decoderNames)
  } catch {
    LastError.set("\(error)")
    return SEQ2SEQ_MODEL_FAILED
  }
}

private func invalid(_ error: InputError, _ names: [String: String]) -> seq2seq_status {
  LastError.set(
    InputError(
      names[error.argument] ?? snakeCase(error.argument), sample: error.sample,
      position: error.position, error.problem
    ).description)
  return SEQ2SEQ_INVALID_ARGUMENT
}

/// A name with its words apart, `beam_width` for `beamWidth`; that of an environment variable as it is.
private func snakeCase(_ name: String) -> String {
  guard name != "SEQ2SEQ_KERNELS" else { return name }
  var result = ""
  for letter in name {
    if letter.isUppercase { result += "_" }
    result += letter.lowercased()
  }
  return result
}

/// What was wrong in the thread's last failed call; see the header.
@c @implementation
public func seq2seq_last_error() -> UnsafePointer<CChar>! {
  LastError.text ?? immortal("")
}

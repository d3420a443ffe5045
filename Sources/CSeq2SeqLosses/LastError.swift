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

/// Runs `body`; what it throws becomes a status and the thread's error text.
func status(_ body: () throws(InputError) -> Void) -> seq2seq_status {
  do {
    try body()
    return SEQ2SEQ_OK
  } catch {
    return invalid(error)
  }
}

/// Runs `body`, in which a model of the caller's may fail too.
func modelStatus(_ body: () throws -> Void) -> seq2seq_status {
  do {
    try body()
    return SEQ2SEQ_OK
  } catch let error as InputError {
    return invalid(error)
  } catch {
    LastError.set("\(error)")
    return SEQ2SEQ_MODEL_FAILED
  }
}

private func invalid(_ error: InputError) -> seq2seq_status {
  LastError.set(
    InputError(
      nameInC(error.argument), sample: error.sample, position: error.position,
      error.problem
    ).description)
  return SEQ2SEQ_INVALID_ARGUMENT
}

/// An argument's name in the header: with its words apart, but for those that differ.
private func nameInC(_ argument: String) -> String {
  switch argument {
  case "lengths": return "logit_lengths"
  case "logProbabilities": return "logits"
  // An environment variable.
  case "SEQ2SEQ_KERNELS": return argument
  default:
    var name = ""
    for letter in argument {
      if letter.isUppercase { name += "_" }
      name += letter.lowercased()
    }
    return name
  }
}

/// What was wrong in the thread's last failed call; see the header.
@c @implementation
public func seq2seq_last_error() -> UnsafePointer<CChar>! {
  LastError.text ?? immortal("")
}

/// A C string that lives as long as the program.
func immortal(_ text: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

import CLibrary
import CSeq2SeqLossesHeader
import Seq2SeqLosses

/// The version of the library; see the header.
@c @implementation
public func seq2seq_version() -> UnsafePointer<CChar>! { immortal("0.1.0") }

/// The build of the kernels; see the header.
@c @implementation
public func seq2seq_kernel() -> UnsafePointer<CChar>! {
  switch KernelVariant.standard {
  case .avx512: immortal("avx512")
  case .avx2: immortal("avx2")
  case .baseline: immortal("baseline")
  case .general: immortal("general")
  }
}

/// A C string that lives as long as the program.
func immortal(_ text: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self)
}

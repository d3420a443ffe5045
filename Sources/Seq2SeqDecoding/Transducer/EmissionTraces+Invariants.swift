extension EmissionTraces {
  /// Ends a debug build if an invariant of the traces does not hold. O(traces).
  func checkInvariants() {
    #if DEBUG
      for index in 0..<Int32(count) {
        let trace = self[index]
        precondition(trace.previous < index, "a trace follows the next one of its path")
        guard trace.previous >= 0 else { continue }
        let previous = self[trace.previous]
        precondition(
          previous.frame + Int(previous.frames) <= trace.frame, "a path goes back in time")
      }
    #endif
  }
}

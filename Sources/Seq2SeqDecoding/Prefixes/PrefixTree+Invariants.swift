extension PrefixTree {
  /// Ends a debug build if an invariant of the tree does not hold. O(prefixes · children).
  func checkInvariants() {
    #if DEBUG
      var childCount = 0
      for index in 0..<Int32(count) {
        let prefix = self[index]
        precondition(prefix.parent < index, "a parent follows its child")
        precondition((prefix.parent < 0) == (index == 0), "not one root, at 0")
        var last = Int32(count)
        var child = prefix.firstChild
        while child >= 0 {
          precondition(child < last, "siblings are not in descending order")
          precondition(self[child].parent == index, "a child of another prefix")
          precondition(
            self.child(of: index, token: self[child].token, word: self[child].fused.word) == child,
            "two children with one token and word")
          (last, child) = (child, self[child].nextSibling)
          childCount += 1
        }
      }
      precondition(childCount == max(0, count - 1), "a prefix that its parent does not know")
    #endif
  }
}

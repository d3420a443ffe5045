/// The element types that kernels read and write.
package enum KernelElementType: UInt8, Sendable { case float, double, float16, bfloat16 }

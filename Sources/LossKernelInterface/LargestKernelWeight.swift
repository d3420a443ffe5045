/// The largest magnitude of a weight that kernels multiply numerators by: in `Float` a larger one could overflow, and
/// infinity times a probability of 0 is NaN. Others are for the general engine.
package let largestKernelWeight = 0x1p64

/// The largest magnitude of a weight that kernels multiply exponentials by. In `Float` a larger one
/// could overflow, and infinity times a probability of 0 is NaN. The general engine handles larger
/// weights.
package let largestKernelWeight = 0x1p64

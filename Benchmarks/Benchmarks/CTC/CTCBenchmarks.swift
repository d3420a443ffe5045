import Benchmark
import Seq2SeqLosses

/// Loss, gradient, Hessian-vector product and Hessian, compared with copying the logits to the
/// gradient.
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.wallClock, .peakMemoryResident], warmupIterations: 1, scalingFactor: .one,
    maxDuration: .seconds(4), maxIterations: 15)

  for workload in Workload.study {
    for topology in CTCTopology.allCases {
      for threads in [1, 2] {
        let ctc = CTCLoss(topology: topology, threads: threads)
        let suffix = "\(workload.name), \(topology), \(threads) thread\(threads > 1 ? "s" : "")"
        Benchmark("loss \(suffix)") { benchmark in
          let (logits, labels) = (workload.logits, workload.labels)
          let layout = try workload.layout
          benchmark.startMeasurement()
          blackHole(try ctc.losses(logits, layout: layout, labels: labels))
        }
        Benchmark("gradient \(suffix)") { benchmark in
          let (logits, labels) = (workload.logits, workload.labels)
          let layout = try workload.layout
          benchmark.startMeasurement()
          blackHole(try ctc.lossesAndGradient(logits, layout: layout, labels: labels))
        }
        Benchmark("Hessian-vector product \(suffix)") { benchmark in
          let (logits, labels) = (workload.logits, workload.labels)
          let layout = try workload.layout
          benchmark.startMeasurement()
          blackHole(
            try ctc.hessianVectorProducts(
              logits, layout: layout, labels: labels, vector: logits))
        }
      }
    }
    Benchmark("plain pass \(workload.name)") { benchmark in
      let logits = workload.logits
      benchmark.startMeasurement()
      blackHole(logits.map { $0 + 1 })
    }
  }
  for workload in Workload.small {
    let ctc = CTCLoss(threads: 1)
    Benchmark("Hessian \(workload.name)") { benchmark in
      let (logits, labels) = (workload.logits, workload.labels)
      let layout = try workload.layout
      benchmark.startMeasurement()
      blackHole(try ctc.hessians(logits, layout: layout, labels: labels))
    }
  }
}

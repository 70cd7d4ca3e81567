#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "triptych/prompt.h"
#include "triptych/slot.h"
#include "triptych/spec.h"
#include "triptych/values.h"

namespace triptych {

/// What a fusion asks of the encoders before it.
enum class Topology {
  kAny,           ///< works on a shared pyramid and on features per task
  kShared,        ///< one encoder for all tasks
  kPerTask,       ///< one encoder per task, run in lockstep
  kTaskFeatures,  ///< features per task: made by an earlier fusion, else one encoder per task
};

/// What a fusion gives and reads, computed before it is built.
struct FusionPorts {
  std::vector<std::vector<LevelDims>> features;  ///< per task, after this part
  std::vector<std::string> reads_maps;  ///< maps of the Trace that it decodes ("spatial", ...)
  std::vector<std::string> reads_taps;  ///< taps of the encoder that it reads in `after_stage`
  bool reads_prompts = false;           ///< it reads StageTrace::prompts of the last stage
  /// With these params its parameters depend on the image size (Spec::fixed_size: with any).
  bool is_fixed_size = false;
};

/// What a fusion may keep during one forward pass (per-task attention pathways). Derive from it.
struct TRIPTYCH_API FusionState {
  virtual ~FusionState();
};

/// One encoder's results. With a shared encoder there is one stream, else one per task.
struct Stream {
  Pyramid pyramid;
  Trace trace;
};

/// What a fusion takes after the encoders have finished.
struct FusionIn {
  const Images& images;
  /// 1 or T. A part may replace tensors of a trace or a pyramid here (never change one in place):
  /// the parts after it read what it left. So a part that stands before the one that decodes the
  /// prompts' maps acts on the features of every task without a copy per task.
  std::vector<Stream>& streams;
  TaskFeatures features;  ///< T pyramids made so far; with a shared pyramid all T are that one
  FusionState* state = nullptr;  ///< what `begin` gave; may be null

  /// The stream of task t, whatever the topology.
  [[nodiscard]] Stream& stream(std::size_t task) const {
    return streams.size() == 1 ? streams.front() : streams[task];
  }
};

/// Slot `fusion`: a part of the chain that makes and mixes the tasks' features. An empty chain is
/// hard parameter sharing: every head gets the shared pyramid.
///
/// A plugin's class has `static Spec spec()`, `static Topology topology(const Params&)`,
/// `static FusionPorts ports(const Params&, const Dims&)` (Dims: all up to kept_maps, features)
/// and a constructor from (const Params&, const Dims&).
class TRIPTYCH_API Fusion : public Slot {
 public:
  ~Fusion() override;
  /// Start of a forward pass. Default: null.
  virtual std::unique_ptr<FusionState> begin(Context& context);
  /// After the blocks of a stage and before its merge: exchange between the streams' patches in
  /// place (cross-stitch, NDDR), or read the taps (MTAN). `streams` has 1 or T entries. Default:
  /// nothing.
  virtual void after_stage(std::int64_t stage, std::span<State> streams, FusionState* state);
  /// After the encoders: the features that the next part, or the heads, get.
  virtual TaskFeatures forward(const FusionIn& in, Context& context) = 0;
};

/// What a plugin of this kind exports beside its stamp; TRIPTYCH_PLUGIN fills it.
struct FusionFactory {
  Spec (*spec)();
  Topology (*topology)(const Params&);
  FusionPorts (*ports)(const Params&, const Dims&);
  std::shared_ptr<Fusion> (*build)(const Params&, const Dims&);
};

}  // namespace triptych

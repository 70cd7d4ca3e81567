#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "triptych/prompt.h"
#include "triptych/slot.h"
#include "triptych/spec.h"
#include "triptych/values.h"

namespace triptych {

/// What an encoder offers, computed before it is built.
struct EncoderPorts {
  std::vector<StageDims> stages;
  std::vector<LevelDims> levels;  ///< of the pyramid that `finish` gives, finest first
  std::vector<std::string> taps;  ///< names that `State::tap` may record, e.g. "stage0/block0"
  bool hosts_prompts = false;     ///< false: a manifest with prompts is a contract error
  /// With these params its parameters depend on the image size (Spec::fixed_size: with any).
  bool is_fixed_size = false;
};

/// Slot `encoder`: a grid to a pyramid, in stages. The host drives it:
///
///   state = begin(grid, prompts, context)
///   for each stage s:  blocks(s, state); [fusions exchange]; if not the last: merge(s, state)
///   pyramid = finish(state)
///
/// A level is recorded in `merge` (before or after merging, as the design wants) or in `finish`,
/// never in `blocks`: encoder-side fusions act between the two.
///
/// A plugin's class has `static Spec spec()`, `static EncoderPorts ports(const Params&, const
/// Dims&)` (Dims: image, tasks, grid, prompts) and a constructor from (const Params&, const Dims&)
/// (Dims as in ports, plus stages, levels, decoded, reads_final_prompts).
///
/// In every block an encoder that hosts prompts calls, in this order,
///   prompts.enter_block(info, state)           before it reads state.prompts
///   prompts.attended(info, view, state)        after attention, before the residuals
///   prompts.after_block(info, state)           when the block is complete
/// and in `merge` prompts.merge(stage, state) after the patches have moved to the next grid.
/// With no prompts (P = 0) these calls do nothing and state.prompts is undefined. Its attention
/// sees prompts.attending(state.prompts) only; prompts.spread puts what it gave them back into all
/// rows.
class TRIPTYCH_API Encoder : public Slot {
 public:
  ~Encoder() override;
  virtual State begin(const Grid& grid, PromptChain& prompts, Context& context) = 0;
  virtual void blocks(std::int64_t stage, State& state) = 0;
  virtual void merge(std::int64_t stage, State& state) = 0;
  virtual Pyramid finish(State& state) = 0;
};

/// What a plugin of this kind exports beside its stamp; TRIPTYCH_PLUGIN fills it.
struct EncoderFactory {
  Spec (*spec)();
  EncoderPorts (*ports)(const Params&, const Dims&);
  std::shared_ptr<Encoder> (*build)(const Params&, const Dims&);
};

}  // namespace triptych

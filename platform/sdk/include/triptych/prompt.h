#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "triptych/slot.h"
#include "triptych/spec.h"
#include "triptych/values.h"

namespace triptych {

class PromptChain;

/// One stream on its way through an encoder.
struct State {
  at::Tensor patches;            ///< [B, H, W, C]
  at::Tensor prompts;            ///< [B, P, C]; undefined without prompts
  Trace trace;                   ///< one entry per stage, made by `begin` of PromptChain
  Pyramid levels;                ///< recorded by the encoder in merge or finish
  PromptChain* chain = nullptr;  ///< borrowed; never null inside an encoder
  Context* context = nullptr;    ///< borrowed; never null inside an encoder

  /// Records an inner map [B, H, W, C] under a tap's name if a fusion asked for it.
  void tap(const std::string& name, const at::Tensor& patches_there);
  std::set<std::string> wanted_taps;
  std::map<std::string, at::Tensor> taps;  ///< [B, H, W, C] each
};

/// Which block is running.
struct BlockInfo {
  std::int64_t stage = 0;
  std::int64_t block = 0;  ///< within the stage
  bool is_last_of_stage = false;
  bool is_last = false;  ///< of the whole encoder
  StageDims dims;
};

/// What a block shows to prompts between its attention and its residuals. Prompt rows are those of
/// the asking part (`narrowed`) or of the whole chain; logits have attending rows only.
class PromptView {
 public:
  at::Tensor prompts;           ///< [B, P, C] entering the block, not normed
  at::Tensor prompts_normed;    ///< [B, P, C]
  at::Tensor patches_normed;    ///< [B, H, W, C]
  at::Tensor patches_attended;  ///< [B, H, W, C] output of attention before the residual
  at::Tensor prompts_attended;  ///< [B, P, C] the same for prompts (averaged over windows), 0 for
                                ///< rows that do not attend; undefined where the block need not
                                ///< update prompts

  /// Raw logits before scaling, bias and softmax, computed on first use and then kept: a prompt
  /// that does not ask costs nothing. Undefined for a part whose rows do not attend.
  [[nodiscard]] at::Tensor patch_logits() const;   ///< [B, heads, P, H, W]
  [[nodiscard]] at::Tensor prompt_logits() const;  ///< [B, heads, P, P(attending, whole chain)]

  /// Set by the encoder, for all attending rows of the chain.
  std::function<at::Tensor()> compute_patch_logits;
  std::function<at::Tensor()> compute_prompt_logits;

  /// The same view with the rows of one part, of which `attending_begin` attending rows of the
  /// chain come before. `this` must outlive the narrowed view.
  [[nodiscard]] PromptView narrowed(Segment segment, std::int64_t attending_begin) const;

 private:
  mutable at::Tensor patch_logits_;
  mutable at::Tensor prompt_logits_;
};

/// What a prompt part changes after attention. Undefined members change nothing.
struct Update {
  at::Tensor prompts;  ///< [B, P, C] of this part, added to prompts_attended before the residual
  at::Tensor patches;  ///< [B, H, W, C], added to patches_attended before the residual
};

/// What a prompt part adds to the contract.
struct PromptPorts {
  std::int64_t prompts = 0;  ///< rows of the prompt axis that it owns; 0 for pure fusion parts
  std::vector<std::string> keeps;    ///< maps left in the Trace where Dims.decoded: "spatial", ...
  bool reads_final_prompts = false;  ///< it reads the prompts that leave the last block
  bool are_of_tasks = false;  ///< its rows belong to the tasks, equally many each, in their order
  /// Its rows take part in the encoder's attention. Where false they have no query, key or value in
  /// it: patches and other rows do not see them. Residuals and MLP are theirs as well.
  bool attends = true;
  /// With these params its parameters depend on the image size (Spec::fixed_size: with any).
  bool is_fixed_size = false;
};

/// Slot `prompt`: a part of the prompt chain, asked by the encoder at every block and merge.
///
/// A plugin's class has `static Spec spec()`, `static PromptPorts ports(const Params&, const
/// Dims&)` (Dims: image, tasks, grid) and a constructor from (const Params&, const Dims&) (Dims:
/// also stages, levels, prompts, segment, decoded, reads_final_prompts).
class TRIPTYCH_API Prompt : public Slot {
 public:
  ~Prompt() override;
  /// The part's prompts at the first stage, [B, count, C]. Called only when the part owns rows.
  virtual at::Tensor initial(std::int64_t batch);
  /// Before a block reads the prompts; deep visual prompts replace their rows here. `own` is
  /// [B, count, C]; returns what stands there instead. Default: `own`.
  virtual at::Tensor enter_block(const BlockInfo& info, const at::Tensor& own, Context& context);
  /// Between attention and residuals. `own` has this part's rows; maps for decoding go to `kept`,
  /// the trace of this stage. Default: no change.
  virtual Update attended(const BlockInfo& info, const PromptView& own, StageTrace& kept);
  /// When the block is complete: parts that fuse prompts and patches inside the encoder change
  /// state.prompts (all rows) and state.patches here. Default: nothing.
  virtual void after_block(const BlockInfo& info, State& state);
  /// Stage change: returns the part's prompts [B, count, C'] for the next stage (C' =
  /// dims.merged_channels) and moves kept maps to the merged grid. Called only when the part owns
  /// rows. Must be overridden by parts that own rows and run in encoders of several stages.
  virtual at::Tensor merge(std::int64_t stage, const StageDims& dims, const at::Tensor& own,
                           StageTrace& kept);
};

/// The chain that an encoder talks to: it gives each part its rows and joins what they answer.
/// Built by the host; holds its parts by shared ownership.
class TRIPTYCH_API PromptChain {
 public:
  PromptChain() = default;
  PromptChain(std::vector<std::shared_ptr<Prompt>> parts, std::vector<Segment> segments,
              std::vector<StageDims> stages, bool reads_final_prompts);

  [[nodiscard]] bool empty() const { return parts_.empty(); }
  [[nodiscard]] std::int64_t count() const { return count_; }  ///< P
  /// False in the last block unless something reads the prompts that leave it: the block then need
  /// not compute what prompts become.
  [[nodiscard]] bool updates_prompts(const BlockInfo& info) const;

  /// Of rows [B, P, C] those that take part in the encoder's attention, [B, P', C]: `rows` itself
  /// where all do, undefined where none does (or `rows` is). The encoder's attention sees these.
  [[nodiscard]] at::Tensor attending(const at::Tensor& rows) const;
  /// The inverse, for what attention gave them: [B, P', C] (undefined where P' = 0) to [B, P, C],
  /// zeros at the rows that do not attend. `rows` as given to `attending`.
  [[nodiscard]] at::Tensor spread(const at::Tensor& attended, const at::Tensor& rows) const;

  /// Starts a stream: patches of `grid`, the initial prompts, an empty trace.
  [[nodiscard]] State begin(const Grid& grid, Context& context);
  void enter_block(const BlockInfo& info, State& state);
  /// The joined update; `prompts` is [B, P, C] or undefined.
  [[nodiscard]] Update attended(const BlockInfo& info, const PromptView& view, State& state);
  void after_block(const BlockInfo& info, State& state);
  /// Prompts and maps follow the patches; also records the prompts in the trace.
  void merge(std::int64_t stage, State& state);
  /// After the last stage: records its prompts in the trace.
  void finish(State& state);

 private:
  std::vector<std::shared_ptr<Prompt>> parts_;
  std::vector<Segment> segments_;
  std::vector<StageDims> stages_;
  std::int64_t count_ = 0;
  std::int64_t attending_ = 0;  ///< rows that attend
  bool reads_final_prompts_ = false;
};

/// What a plugin of this kind exports beside its stamp; TRIPTYCH_PLUGIN fills it.
struct PromptFactory {
  Spec (*spec)();
  PromptPorts (*ports)(const Params&, const Dims&);
  std::shared_ptr<Prompt> (*build)(const Params&, const Dims&);
};

}  // namespace triptych

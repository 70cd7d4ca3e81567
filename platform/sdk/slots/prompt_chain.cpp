#include <ATen/ops/cat.h>
#include <ATen/ops/zeros_like.h>

#include <utility>

#include "triptych/prompt.h"

namespace triptych {

void State::tap(const std::string& name, const at::Tensor& patches_there) {
  if (wanted_taps.contains(name)) taps[name] = patches_there;
}

at::Tensor PromptView::patch_logits() const {
  if (!patch_logits_.defined()) patch_logits_ = compute_patch_logits();
  return patch_logits_;
}

at::Tensor PromptView::prompt_logits() const {
  if (!prompt_logits_.defined()) prompt_logits_ = compute_prompt_logits();
  return prompt_logits_;
}

PromptView PromptView::narrowed(Segment segment, std::int64_t attending_begin) const {
  const auto rows = [segment](const at::Tensor& all, std::int64_t axis) {
    return all.defined() ? all.narrow(axis, segment.begin, segment.count) : all;
  };
  PromptView own = *this;
  own.prompts = rows(prompts, 1);
  own.prompts_normed = rows(prompts_normed, 1);
  own.prompts_attended = rows(prompts_attended, 1);
  if (!segment.attends) {
    own.compute_patch_logits = own.compute_prompt_logits = [] { return at::Tensor(); };
    return own;
  }
  // The parts share the whole chain's logits, computed once.
  const auto logits = [attending_begin, count = segment.count](const at::Tensor& all) {
    return all.narrow(/*dim=*/2, attending_begin, count);
  };
  own.compute_patch_logits = [this, logits] { return logits(patch_logits()); };
  own.compute_prompt_logits = [this, logits] { return logits(prompt_logits()); };
  return own;
}

PromptChain::PromptChain(std::vector<std::shared_ptr<Prompt>> parts, std::vector<Segment> segments,
                         std::vector<StageDims> stages, bool reads_final_prompts)
    : parts_(std::move(parts)),
      segments_(std::move(segments)),
      stages_(std::move(stages)),
      reads_final_prompts_(reads_final_prompts) {
  for (const auto& segment : segments_) {
    count_ += segment.count;
    if (segment.attends) attending_ += segment.count;
  }
}

bool PromptChain::updates_prompts(const BlockInfo& info) const {
  return count_ > 0 && (!info.is_last || reads_final_prompts_);
}

State PromptChain::begin(const Grid& grid, Context& context) {
  State state;
  state.patches = grid.patches;
  state.chain = this;
  state.context = &context;
  state.trace.stages.resize(stages_.size());
  std::vector<at::Tensor> rows;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (segments_[i].count > 0) rows.push_back(parts_[i]->initial(grid.patches.size(0)));
  }
  if (rows.size() == 1) state.prompts = rows.front();
  if (rows.size() > 1) state.prompts = at::cat(rows, 1);
  return state;
}

namespace {

at::Tensor rows_of(const at::Tensor& all, Segment segment) {
  return segment.count == all.size(1) ? all : all.narrow(1, segment.begin, segment.count);
}

at::Tensor joined(std::vector<at::Tensor>&& rows) {
  return rows.size() == 1 ? rows.front() : at::cat(rows, 1);
}

}  // namespace

at::Tensor PromptChain::attending(const at::Tensor& rows) const {
  if (attending_ == count_) return rows;
  std::vector<at::Tensor> seen;
  for (const auto& segment : segments_) {
    if (segment.attends && segment.count > 0) seen.push_back(rows_of(rows, segment));
  }
  return seen.empty() ? at::Tensor() : joined(std::move(seen));
}

at::Tensor PromptChain::spread(const at::Tensor& attended, const at::Tensor& rows) const {
  if (attending_ == count_) return attended;
  std::vector<at::Tensor> all;
  std::int64_t begin = 0;
  for (const auto& segment : segments_) {
    if (segment.count == 0) continue;
    if (!segment.attends) {
      all.push_back(at::zeros_like(rows_of(rows, segment)));
      continue;
    }
    all.push_back(attended.narrow(/*dim=*/1, begin, segment.count));
    begin += segment.count;
  }
  return joined(std::move(all));
}

void PromptChain::enter_block(const BlockInfo& info, State& state) {
  if (count_ == 0) return;
  std::vector<at::Tensor> rows;
  bool is_changed = false;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (segments_[i].count == 0) continue;
    const auto own = rows_of(state.prompts, segments_[i]);
    rows.push_back(parts_[i]->enter_block(info, own, *state.context));
    is_changed = is_changed || !rows.back().is_same(own);
  }
  if (is_changed) state.prompts = joined(std::move(rows));
}

Update PromptChain::attended(const BlockInfo& info, const PromptView& view, State& state) {
  Update update;
  auto& kept = state.trace.stages[static_cast<std::size_t>(info.stage)];
  std::vector<at::Tensor> changes(parts_.size());
  bool has_changes = false;
  std::int64_t attending_begin = 0;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const auto& segment = segments_[i];
    const bool is_whole = segment.count == count_ && segment.attends;
    auto part = is_whole ? parts_[i]->attended(info, view, kept)
                         : parts_[i]->attended(info, view.narrowed(segment, attending_begin), kept);
    if (segment.attends) attending_begin += segment.count;
    if (part.patches.defined()) {
      update.patches = update.patches.defined() ? update.patches + part.patches : part.patches;
    }
    changes[i] = part.prompts;
    has_changes = has_changes || part.prompts.defined();
  }
  if (!has_changes) return update;
  std::vector<at::Tensor> rows;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (segments_[i].count == 0) continue;
    const auto rest = rows_of(view.prompts, segments_[i]);
    rows.push_back(changes[i].defined() ? changes[i] : at::zeros_like(rest));
  }
  update.prompts = joined(std::move(rows));
  return update;
}

void PromptChain::after_block(const BlockInfo& info, State& state) {
  for (const auto& part : parts_) part->after_block(info, state);
}

void PromptChain::merge(std::int64_t stage, State& state) {
  if (count_ == 0) return;
  auto& kept = state.trace.stages[static_cast<std::size_t>(stage)];
  kept.prompts = state.prompts;
  std::vector<at::Tensor> rows;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (segments_[i].count == 0) continue;
    rows.push_back(parts_[i]->merge(stage, stages_[static_cast<std::size_t>(stage)],
                                    rows_of(state.prompts, segments_[i]), kept));
  }
  state.prompts = joined(std::move(rows));
}

void PromptChain::finish(State& state) {
  if (count_ > 0) state.trace.stages.back().prompts = state.prompts;
}

}  // namespace triptych

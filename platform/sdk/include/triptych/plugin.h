#pragma once

/// The one header that a plugin includes. A plugin is one class for one slot and, at the end of its
/// file, TRIPTYCH_PLUGIN(Class). It has no other static objects with constructors, no
/// TORCH_LIBRARY, no global tensors and no threads that outlive a call.

#include <torch/nn.h>
#include <torch/types.h>

#include <boost/dll/alias.hpp>
#include <concepts>
#include <memory>
#include <vector>

#include "triptych/balancer.h"
#include "triptych/dataset.h"
#include "triptych/embedding.h"
#include "triptych/encoder.h"
#include "triptych/error.h"
#include "triptych/factory.h"
#include "triptych/fusion.h"
#include "triptych/head.h"
#include "triptych/prompt.h"
#include "triptych/slot_hashes.h"
#include "triptych/spec.h"
#include "triptych/stamp.h"
#include "triptych/task.h"

/// SHA-256 of the plugin's comment-stripped sources and SDK headers, in a small unit that the build
/// generates beside each plugin (triptych_plugin in CMake). A plugin built without that function
/// defines it itself as "".
extern const char triptych_plugin_source_hash[];

namespace triptych {

template <class T>
constexpr auto make_factory() {
  if constexpr (std::derived_from<T, Embedding>) {
    return EmbeddingFactory{&T::spec, &T::ports, &build<Embedding, T>};
  } else if constexpr (std::derived_from<T, Encoder>) {
    return EncoderFactory{&T::spec, &T::ports, &build<Encoder, T>};
  } else if constexpr (std::derived_from<T, Prompt>) {
    return PromptFactory{&T::spec, &T::ports, &build<Prompt, T>};
  } else if constexpr (std::derived_from<T, Fusion>) {
    return FusionFactory{&T::spec, &T::topology, &T::ports, &build<Fusion, T>};
  } else if constexpr (std::derived_from<T, Head>) {
    return HeadFactory{&T::spec, &build<Head, T>};
  } else if constexpr (std::derived_from<T, Task>) {
    return TaskFactory{&T::spec, &T::info, &build<Task, T>};
  } else if constexpr (std::derived_from<T, Dataset>) {
    return DatasetFactory{&T::spec, &build<Dataset, T>};
  } else {
    static_assert(std::derived_from<T, Balancer>, "a plugin's class derives from a slot class");
    return BalancerFactory{&T::spec, &build<Balancer, T>};
  }
}

/// Name of the slot that T fills, and the hash of that slot's headers.
template <class T>
constexpr SlotIdentity slot_identity() {
  if constexpr (std::derived_from<T, Embedding>) return {"embedding", slot_hashes::kEmbedding};
  if constexpr (std::derived_from<T, Encoder>) return {"encoder", slot_hashes::kEncoder};
  if constexpr (std::derived_from<T, Prompt>) return {"prompt", slot_hashes::kPrompt};
  if constexpr (std::derived_from<T, Fusion>) return {"fusion", slot_hashes::kFusion};
  if constexpr (std::derived_from<T, Head>) return {"head", slot_hashes::kHead};
  if constexpr (std::derived_from<T, Task>) return {"task", slot_hashes::kTask};
  if constexpr (std::derived_from<T, Dataset>) return {"dataset", slot_hashes::kDataset};
  return {"balancer", slot_hashes::kBalancer};
}

}  // namespace triptych

/// Exports `Class` as the plugin of this library. Once per library, outside any namespace.
#define TRIPTYCH_PLUGIN(Class)                                                                 \
  namespace triptych_plugin_export {                                                           \
  extern constinit const ::triptych::Stamp stamp;                                              \
  constinit const ::triptych::Stamp stamp =                                                    \
      ::triptych::make_stamp(::triptych::slot_identity<Class>(), triptych_plugin_source_hash); \
  using Factory = decltype(::triptych::make_factory<Class>());                                 \
  extern constinit const Factory factory;                                                      \
  constinit const Factory factory = ::triptych::make_factory<Class>();                         \
  }                                                                                            \
  BOOST_DLL_ALIAS(triptych_plugin_export::stamp, triptych_stamp)                               \
  BOOST_DLL_ALIAS(triptych_plugin_export::factory, triptych_factory)

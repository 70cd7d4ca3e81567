#pragma once

#include <cstdint>
#include <string_view>

#include <ATen/core/Generator.h>

namespace triptych::branches {

/// While it lives, torch's default generator draws from hash(its seed, name); afterwards it is as
/// it was. So the initial weights of one branch do not depend on which others are switched on, and
/// ablations of branches stay paired over seeds.
class OwnDraws {
 public:
  explicit OwnDraws(std::string_view name);
  ~OwnDraws();
  OwnDraws(const OwnDraws&) = delete;
  OwnDraws& operator=(const OwnDraws&) = delete;

 private:
  at::Generator generator_;
  at::Tensor state_;
};

}  // namespace triptych::branches

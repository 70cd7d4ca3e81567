#include "builder.h"

namespace triptych::streets {

namespace {

constexpr float kNear = -8, kFar = 190;

void add_lanes(Street& street, Rng& rng) {
  using Use = Lane::Use;
  const bool is_city = street.style == Street::Style::kCity;
  const float width = rng.range(3.1f, 3.6f);
  std::vector<Lane> lanes;
  lanes.push_back({0, width, 1, Use::kDrive});
  float left = -width / 2, right = width / 2;
  const auto to_left = [&](float w, float heading, Use use) {
    lanes.insert(lanes.begin(), {left - w / 2, w, heading, use});
    left -= w;
  };
  const auto to_right = [&](float w, float heading, Use use) {
    lanes.push_back({right + w / 2, w, heading, use});
    right += w;
  };
  if (rng.chance(0.22f)) to_left(width, 1, Use::kDrive);
  if (rng.chance(is_city ? 0.2f : 0.06f)) {
    to_left(3.1f, 1, Use::kTram);
    to_left(3.1f, -1, Use::kTram);
  }
  to_left(width, -1, Use::kDrive);
  if (rng.chance(0.25f)) to_left(width, -1, Use::kDrive);
  if (rng.chance(is_city ? 0.55f : 0.35f)) to_left(2.15f, -1, Use::kPark);
  if (rng.chance(0.1f)) to_right(width, 1, Use::kDrive);
  if (rng.chance(is_city ? 0.46f : 0.3f)) to_right(2.15f, 1, Use::kPark);
  street.left = left - 0.25f;
  street.right = right + 0.25f;
  street.lanes = std::move(lanes);
}

}  // namespace

Street make_street(Rng& rng) {
  Street street;
  street.seed = static_cast<std::uint32_t>(rng.next());
  const float style = rng.uniform();
  street.style = style < 0.66f   ? Street::Style::kCity
                 : style < 0.87f ? Street::Style::kSuburb
                                 : Street::Style::kPark;
  add_lanes(street, rng);
  const bool is_city = street.style == Street::Style::kCity;
  street.left_walk = rng.range(is_city ? 2.6f : 1.8f, is_city ? 5.5f : 3.2f);
  street.right_walk = rng.range(is_city ? 2.6f : 1.8f, is_city ? 5.5f : 3.2f);
  if (rng.chance(is_city ? 0.12f : 0.7f)) street.left_verge = rng.range(1.2f, 4.5f);
  if (rng.chance(is_city ? 0.12f : 0.7f)) street.right_verge = rng.range(1.2f, 4.5f);
  street.left_green = rng.chance(is_city ? 0.15f : 0.75f);
  street.right_green = rng.chance(is_city ? 0.15f : 0.75f);
  float z = rng.range(14, 70);
  for (int i = 0; i < 3 && rng.chance(0.72f); ++i) {
    const float width = rng.range(7, 13);
    street.crossings.push_back({z, z + width});
    if (rng.chance(0.6f)) street.zebras.push_back(z - 4.5f);
    z += width + rng.range(30, 70);
  }
  if (street.zebras.empty() && rng.chance(0.2f)) street.zebras.push_back(rng.range(10, 40));
  return street;
}

namespace {

/// One side of the street: side = -1 left, +1 right.
class Side {
 public:
  Side(Builder& build, Scene& scene, Rng& rng, float side)
      : build_(build),
        scene_(scene),
        street_(scene.street),
        rng_(rng),
        side_(side),
        kerb_(side < 0 ? street_.left : street_.right),
        walk_(side < 0 ? street_.left_walk : street_.right_walk),
        verge_(side < 0 ? street_.left_verge : street_.right_verge) {
    const bool is_city = street_.style == Street::Style::kCity;
    has_trees_ = rng.chance(is_city ? 0.4f : 0.55f);
    tree_gap_ = rng.range(7, 14);
    floors_ = rng.range(is_city ? 3.0f : 1.7f, is_city ? 6.2f : 2.8f);
    crowd_ = rng.chance(0.85f) ? rng.range(0.01f, is_city ? 0.22f : 0.07f) : 0;
    furniture_ = rng.range(10, 24);
    paving_ = build.surface({.texture = Texture::kPavement,
                             .base = rng.tinted({0.24f, 0.225f, 0.21f}, 0.2f),
                             .a = rng.range(0.35f, 0.8f),
                             .seed = static_cast<std::uint32_t>(rng.next())});
    grass_ = build.surface({.texture = Texture::kGrass,
                            .base = rng.tinted({0.09f, 0.13f, 0.035f}, 0.2f),
                            .seed = static_cast<std::uint32_t>(rng.next())});
  }

  void add() {
    float from = kNear;
    for (const auto& crossing : street_.crossings) {
      if (crossing.from - from > 4) add_block(from, crossing.from);
      from = crossing.to;
    }
    add_block(from, kFar);
  }

 private:
  /// Distance from the kerb -> x.
  [[nodiscard]] float across(float off) const { return kerb_ + side_ * off; }
  /// A frame whose -x looks at the road, its z = 0 at the end from which z grows along the block.
  [[nodiscard]] Frame plot(float off, float from, float to) const {
    return side_ > 0 ? upright({across(off), 0, from}, 0)
                     : upright({across(off), 0, to}, 3.14159265f);
  }
  [[nodiscard]] Frame facing(float off, float z) const {
    return upright({across(off), 0.12f, z}, side_ > 0 ? 0.0f : 3.14159265f);
  }

  void strip(float off, float width, float from, float to, float top, std::uint8_t label,
             std::uint16_t surface) {
    build_.begin(upright({across(off + width / 2), 0, (from + to) / 2}, 0), label);
    build_.box({-width / 2, -0.4f, (from - to) / 2}, {width / 2, top, (to - from) / 2}, surface);
  }

  void add_block(float from, float to) {
    strip(0, walk_, from, to, 0.12f, kSidewalk, paving_);
    if (verge_ > 0) strip(walk_, verge_, from, to, 0.13f, kTerrain, grass_);
    float z = from;
    while (z < to - 3) {
      const float length = std::min(to - z, rng_.range(8, 24));
      add_plot(z, z + length);
      z += length;
    }
    add_trees(from, to);
    add_furniture(from, to);
    add_people(from, to);
  }

  void add_plot(float from, float to) {
    const float off = walk_ + verge_ + 0.05f, length = to - from;
    const float kind = rng_.uniform();
    const bool is_city = street_.style == Street::Style::kCity;
    const bool is_park = street_.style == Street::Style::kPark;
    const float built = is_city ? 0.84f : is_park ? 0.16f : 0.4f;
    if (kind < built) {
      const float height = std::max(4.5f, (floors_ + rng_.range(-0.8f, 1.4f)) * 3.2f);
      add_building(build_, plot(off + (is_city ? rng_.range(0, 0.5f) : rng_.range(2, 5)), from, to),
                   length, rng_.range(9, 13), height, rng_);
      if (!is_city) add_front(off, from, to);
      return;
    }
    if (kind < built + (is_city ? 0.05f : 0.18f)) {  // a yard behind a wall or a fence
      add_front(off, from, to);
      add_building(build_, plot(off + rng_.range(6, 12), from, to), length * 0.8f, 9,
                   std::max(4.5f, floors_ * 3), rng_);
      if (rng_.chance(0.6f))
        add_tree(build_, {across(off + 3), 0.1f, (from + to) / 2}, rng_.range(4, 8), rng_);
      return;
    }
    // A green: grass, trees, bushes, perhaps a hedge or a fence in front, trees behind.
    strip(off, 24, from, to, 0.125f, kTerrain, grass_);
    if (rng_.chance(0.5f)) add_front(off, from, to);
    const int trees = 2 + rng_.below(3);
    for (int i = 0; i < trees; ++i)
      add_tree(build_, {across(off + rng_.range(2.5f, 12)), 0.1f, rng_.range(from, to)},
               rng_.range(5, 12), rng_);
    for (int i = rng_.below(3); i > 0; --i)
      add_bush(build_, {across(off + rng_.range(1.5f, 5)), 0.1f, rng_.range(from + 1, to - 1)},
               rng_.range(0.5f, 1.2f), rng_);
    for (float z = from; z < to; z += 6)  // a dense row behind closes the view
      add_bush(build_, {across(off + 16), 0, z + 3}, rng_.range(3, 5.5f), rng_);
  }

  /// What closes a yard towards the street.
  void add_front(float off, float from, float to) {
    const float kind = rng_.uniform(), length = to - from - 1;
    const Frame frame = plot(off, from, to);
    if (kind < 0.3f) return add_wall(build_, frame, length, rng_);
    if (kind < 0.65f) return add_fence(build_, frame, length, rng_);
    if (kind < 0.9f) return add_hedge(build_, frame, length, rng_.range(1.1f, 2.4f), rng_);
  }

  void add_trees(float from, float to) {
    if (!has_trees_) return;
    const float off = verge_ > 0.8f ? walk_ + verge_ / 2 : 0.9f;
    for (float z = from + rng_.range(2, tree_gap_); z < to - 1;
         z += tree_gap_ * rng_.range(0.85f, 1.2f)) {
      if (z < 7) continue;
      add_tree(build_, {across(off), 0.1f, z}, rng_.range(4.6f, 8.5f), rng_);
    }
  }

  void add_furniture(float from, float to) {
    for (float z = from + rng_.range(3, furniture_); z < std::min(to, 130.0f);
         z += furniture_ * rng_.range(0.6f, 1.4f)) {
      if (z < 5) continue;
      const float kind = rng_.uniform();
      if (kind < 0.5f)
        add_lamp_post(build_, facing(0.5f, z), rng_);
      else
        add_sign(build_,
                 upright({across(0.55f), 0.12f, z},
                         side_ > 0 || rng_.chance(0.4f) ? rng_.range(-0.2f, 0.2f) : 3.1416f),
                 rng_);
    }
    if (rng_.chance(0.18f)) {
      const float start = std::max(from, 6.0f) + rng_.range(0, 12);
      for (float z = start; z < std::min(to, start + 16); z += 1.7f)
        add_bollard(build_, {across(0.4f), 0.12f, z}, rng_);
    }
    if (rng_.chance(0.4f)) {  // parked bicycles
      const float start = std::max(from, 7.0f) + rng_.range(0, 20);
      const float lean = rng_.range(0, 0.5f);
      for (int i = 1 + rng_.below(5); i > 0; --i)
        if (const float z = start + static_cast<float>(i) * 0.75f; z < to)
          add_bicycle(build_, scene_,
                      upright({across(rng_.range(1.1f, 1.4f)), 0.12f, z}, 1.57f - lean), rng_,
                      false);
    }
    // Traffic lights before the side street that ends this block.
    if (to < 120 && to > 9 && street_.crosses(to + 0.1f) && rng_.chance(0.85f)) {
      add_traffic_light(build_, facing(0.5f, side_ > 0 ? to - 5.2f : to - 0.6f), rng_,
                        rng_.chance(0.5f) ? rng_.range(2.0f, 4.0f) : 0);
    }
  }

  void add_people(float from, float to) {
    if (crowd_ <= 0) return;
    float z = std::max(from, 5.0f);
    while (true) {
      z -= std::log(1 - rng_.uniform()) / crowd_;
      if (z > std::min(to, 75.0f)) return;
      const float heading = (rng_.chance(0.5f) ? 0.0f : 3.1416f) + rng_.range(-0.3f, 0.3f);
      const float off = rng_.range(0.8f, std::max(1.2f, walk_ - 0.5f));
      add_person(build_, upright({across(off), 0.12f, z}, heading), rng_);
      if (rng_.chance(0.35f))
        add_person(build_,
                   upright({across(off + (off > walk_ / 2 ? -0.65f : 0.65f)), 0.12f,
                            z + rng_.range(-0.2f, 0.2f)},
                           heading),
                   rng_);
    }
  }

  Builder& build_;
  Scene& scene_;
  const Street& street_;
  Rng& rng_;
  float side_, kerb_, walk_, verge_;
  bool has_trees_ = false;
  float tree_gap_ = 10, floors_ = 3, crowd_ = 0, furniture_ = 20;
  std::uint16_t paving_ = 0, grass_ = 0;
};

/// Something closes the street far away: houses or trees.
void add_far_end(Builder& build, Rng& rng) {
  const bool is_built = rng.chance(0.35f);
  for (float x = -70; x < 70; x += 14) {
    if (is_built) {
      add_building(build, upright({x, 0, kFar + 12}, 1.5708f), 14, 10, rng.range(7, 17), rng);
    } else {
      add_bush(build, {x + 7, 0, kFar + rng.range(8, 20)}, rng.range(6, 10), rng);
    }
  }
}

}  // namespace

void add_sides(Builder& build, Scene& scene, Rng& rng) {
  for (const float side : {-1.0f, 1.0f}) {
    Rng stream(rng.next());
    Side(build, scene, stream, side).add();
  }
  add_far_end(build, rng);
}

}  // namespace triptych::streets

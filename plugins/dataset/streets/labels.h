#pragma once

#include <array>
#include <cstdint>

namespace triptych::streets {

/// Cityscapes train ids (Cordts et al., CVPR 2016; cityscapesScripts label table).
enum Label : std::uint8_t {
  kRoad,
  kSidewalk,
  kBuilding,
  kWall,
  kFence,
  kPole,
  kTrafficLight,
  kTrafficSign,
  kVegetation,
  kTerrain,
  kSky,
  kPerson,
  kRider,
  kCar,
  kTruck,
  kBus,
  kTrain,
  kMotorcycle,
  kBicycle,
  kNumLabels,
  kIgnored = 255
};

inline constexpr std::array<const char*, kNumLabels> kLabelNames = {
    "road",         "sidewalk",   "building", "wall",       "fence",  "pole",  "traffic light",
    "traffic sign", "vegetation", "terrain",  "sky",        "person", "rider", "car",
    "truck",        "bus",        "train",    "motorcycle", "bicycle"};

/// Classes whose objects are told apart (Cityscapes "thing" classes).
inline bool has_instances(std::uint8_t label) { return label >= kPerson && label < kNumLabels; }
/// The six classes of the Cityscapes-3D boxes.
inline bool is_vehicle(std::uint8_t label) { return label >= kCar && label < kNumLabels; }

}  // namespace triptych::streets

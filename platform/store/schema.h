#pragma once

#include <cstdint>

namespace triptych::store {

/// "Trip" in ASCII: the application_id of the file's header.
inline constexpr std::int32_t kApplicationId = 0x54726970;

/// user_version of the file. Raised with every change of tables; views only grow.
inline constexpr std::int32_t kSchemaVersion = 1;

/// SQL that makes all tables, indices and views of kSchemaVersion in an empty database.
extern const char* const kSchema;

}  // namespace triptych::store

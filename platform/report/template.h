#pragma once

#include <string_view>

namespace triptych::report {

/// dashboard/dist/template.html, put into the program by the build.
[[nodiscard]] std::string_view page_template();

}  // namespace triptych::report

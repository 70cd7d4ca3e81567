# Every dependency of the build, in one place.
find_package(Threads REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(SQLiteCpp REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(benchmark REQUIRED)
if(TRIPTYCH_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

# Debian ships OpenCV's CMake package only in libopencv-dev (about 170 packages): take the parts.
# imgcodecs is linked by one shared library only (see platform/data): it drags 139 libraries.
find_path(TRIPTYCH_OPENCV_INCLUDE opencv2/core.hpp PATH_SUFFIXES opencv4 REQUIRED)
foreach(part core imgproc imgcodecs)
  find_library(TRIPTYCH_OPENCV_${part} opencv_${part} REQUIRED)
  add_library(triptych_opencv_${part} INTERFACE)
  target_include_directories(triptych_opencv_${part} SYSTEM INTERFACE "${TRIPTYCH_OPENCV_INCLUDE}")
  target_link_libraries(triptych_opencv_${part} INTERFACE "${TRIPTYCH_OPENCV_${part}}")
endforeach()

include(TriptychTorch)

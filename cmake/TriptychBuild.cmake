# Flags shared by every target, and the functions that declare libraries and tests.
# One flag set for all: the precompiled header is shared by every unit that includes torch.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_COMPILE_OPTIONS_PIE "-fPIC")  # one -fPIC for programs and plugins, or the PCH cannot be shared
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")

add_compile_definitions(NDEBUG)  # in Debug too: the layout of at::RecordFunction depends on it
add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wno-unused-parameter;-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=;-ffile-prefix-map=${CMAKE_BINARY_DIR}/=build/>")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # members have their own initial values
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Wno-missing-field-initializers>")
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")  # lets ccache hit with a precompiled header
  add_link_options(-fuse-ld=lld)
endif()
add_link_options("-Wl,--no-undefined")

find_program(TRIPTYCH_CCACHE ccache)
if(TRIPTYCH_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" ${TRIPTYCH_CCACHE})
endif()

# triptych_library(<part> [TORCH] [PUBLIC libs...] [PRIVATE libs...])
#   Declares the static library triptych_<part> from the *.cpp of the current folder. Its public
#   headers lie in include/triptych/<part>/. TORCH: its units use the shared precompiled header.
#   The PUBLIC and PRIVATE links are the arrows of platform/docs/architecture.md.
function(triptych_library part)
  cmake_parse_arguments(ARG "TORCH" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  add_library(triptych_${part} STATIC ${sources})
  target_include_directories(triptych_${part} PUBLIC
    "$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>" "$<INSTALL_INTERFACE:include>")
  target_link_libraries(triptych_${part} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  if(ARG_TORCH)
    target_precompile_headers(triptych_${part} REUSE_FROM triptych_pch)
    set_target_properties(triptych_${part} PROPERTIES TRIPTYCH_TORCH ON)
  else()
    target_precompile_headers(triptych_${part} REUSE_FROM triptych_plain_pch)
  endif()
endfunction()

# The precompiled headers of units without torch: of the libraries, and of the tests.
function(triptych_plain_precompiled_headers)
  file(WRITE "${CMAKE_BINARY_DIR}/pch/plain.cpp.in" "")
  configure_file("${CMAKE_BINARY_DIR}/pch/plain.cpp.in" "${CMAKE_BINARY_DIR}/pch/plain.cpp" COPYONLY)
  set(headers <nlohmann/json.hpp> <algorithm> <filesystem> <functional> <iostream> <map> <memory>
              <optional> <span> <string> <vector>)
  add_library(triptych_plain_pch STATIC "${CMAKE_BINARY_DIR}/pch/plain.cpp")
  target_link_libraries(triptych_plain_pch PRIVATE nlohmann_json::nlohmann_json)
  target_precompile_headers(triptych_plain_pch PRIVATE ${headers})
  if(TRIPTYCH_TESTS)
    add_library(triptych_test_pch STATIC "${CMAKE_BINARY_DIR}/pch/plain.cpp")
    target_link_libraries(triptych_test_pch PRIVATE nlohmann_json::nlohmann_json GTest::gmock)
    target_precompile_headers(triptych_test_pch PRIVATE <gmock/gmock.h> <gtest/gtest.h> ${headers})
  endif()
endfunction()

# triptych_test(<name> [TORCH] [SLOW] SOURCES files... [LINK libs...] [TIMEOUT seconds]
#               [LABEL label])
#   A GoogleTest program; each of its tests becomes one ctest entry.
function(triptych_test name)
  cmake_parse_arguments(ARG "TORCH;SLOW" "TIMEOUT;LABEL" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE
    TRIPTYCH_SOURCE_DIR="${CMAKE_SOURCE_DIR}" TRIPTYCH_BINARY_DIR="${CMAKE_BINARY_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  if(ARG_TORCH)
    target_precompile_headers(${name} REUSE_FROM triptych_pch)
  else()
    target_precompile_headers(${name} REUSE_FROM triptych_test_pch)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  set(labels "fast")
  if(ARG_SLOW)
    set(labels "slow")
  endif()
  if(ARG_LABEL)
    set(labels ${ARG_LABEL})
  endif()
  gtest_discover_tests(${name} TEST_PREFIX "${name}." DISCOVERY_TIMEOUT 60
                       PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS ${labels})
endfunction()

# Flags shared by every target, and the functions that declare libraries and tests.
# One flag set for all: precompiled headers are shared, also between programs and plugins.
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
  if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 sees overlaps and overflows inside std::string that are not there (GCC bug 105651)
    add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict;-Wno-array-bounds;-Wno-stringop-overflow>")
  endif()
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
#   headers lie in include/triptych/<part>/. TORCH: its units include torch.
#   The PUBLIC and PRIVATE links are the arrows of platform/docs/architecture.md.
function(triptych_library part)
  cmake_parse_arguments(ARG "TORCH" "" "PUBLIC;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  add_library(triptych_${part} STATIC ${sources})
  target_include_directories(triptych_${part} PUBLIC
    "$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>" "$<INSTALL_INTERFACE:include>")
  target_link_libraries(triptych_${part} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  if(ARG_TORCH)
    target_precompile_headers(triptych_${part} REUSE_FROM triptych_tensor_pch)
    set_target_properties(triptych_${part} PROPERTIES TRIPTYCH_TORCH ON)
  else()
    target_precompile_headers(triptych_${part} REUSE_FROM triptych_plain_pch)
  endif()
endfunction()

# All precompiled headers. <torch/nn.h> costs each unit that reuses it more than a second, since
# clang defines the virtual functions of its module templates anew: only plugins and tests get it.
function(triptych_all_precompiled_headers)
  set(plain <nlohmann/json.hpp> <algorithm> <filesystem> <functional> <iostream> <map> <memory>
            <optional> <span> <string> <vector>)
  triptych_precompiled_headers(triptych_plain_pch LINK nlohmann_json::nlohmann_json HEADERS ${plain})
  triptych_precompiled_headers(triptych_tensor_pch LINK triptych_torch nlohmann_json::nlohmann_json
                               HEADERS <torch/types.h> <torch/nn/module.h> ${plain})
  triptych_precompiled_headers(triptych_pch LINK triptych_torch HEADERS ${TRIPTYCH_PLUGIN_HEADERS})
  if(TRIPTYCH_TESTS)
    set(test <gmock/gmock.h> <gtest/gtest.h> ${plain})
    triptych_precompiled_headers(triptych_test_pch OPTIONS -O0
                                 LINK nlohmann_json::nlohmann_json GTest::gmock HEADERS ${test})
    triptych_precompiled_headers(triptych_test_torch_pch OPTIONS -O0
                                 LINK triptych_torch nlohmann_json::nlohmann_json GTest::gmock
                                 HEADERS <torch/nn.h> <torch/types.h> ${test})
  endif()
endfunction()

# triptych_test_program(<name> [TORCH] SOURCES files... [LINK libs...])
#   A program of tests. Its own units are not optimised: that halves the time of their compilation,
#   and what they test is optimised, but for inline code. TORCH: its units include torch.
function(triptych_test_program name)
  cmake_parse_arguments(ARG "TORCH" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE -O0)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${name} PRIVATE -Wno-dangling-else)  # GoogleTest's macros are made for it
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest)
  target_compile_definitions(${name} PRIVATE
    TRIPTYCH_SOURCE_DIR="${CMAKE_SOURCE_DIR}" TRIPTYCH_BINARY_DIR="${CMAKE_BINARY_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  if(ARG_TORCH)
    target_precompile_headers(${name} REUSE_FROM triptych_test_torch_pch)
  else()
    target_precompile_headers(${name} REUSE_FROM triptych_test_pch)
  endif()
endfunction()

# triptych_bench(<name> [TORCH] SOURCES files... [LINK libs...])
#   A program of benchmarks, for ./dev bench. TORCH: its units include torch.
function(triptych_bench name)
  cmake_parse_arguments(ARG "TORCH" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} benchmark::benchmark)
  target_compile_definitions(${name} PRIVATE
    TRIPTYCH_SOURCE_DIR="${CMAKE_SOURCE_DIR}" TRIPTYCH_BINARY_DIR="${CMAKE_BINARY_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bench")
  if(ARG_TORCH)
    target_precompile_headers(${name} REUSE_FROM triptych_pch)
  endif()
endfunction()

# triptych_test(<name> [TORCH] [SLOW] SOURCES files... [LINK libs...] [TIMEOUT seconds]
#               [LABEL label])
#   A GoogleTest program; each of its tests becomes one ctest entry.
function(triptych_test name)
  cmake_parse_arguments(ARG "TORCH;SLOW" "TIMEOUT;LABEL" "SOURCES;LINK" ${ARGN})
  set(torch "")
  if(ARG_TORCH)
    set(torch TORCH)
  endif()
  triptych_test_program(${name} ${torch} SOURCES ${ARG_SOURCES}
                        LINK ${ARG_LINK} GTest::gtest_main)
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

# One plugin, built by the compiler that does not build the tree (g++ beside clang), in plain
# commands: neither the precompiled header nor CMake's flags apply. About 20 s, so it is a fixture
# that seldom changes, the embedding `tile`.
set(other_plugins "${CMAKE_BINARY_DIR}/tests/host/other_compiler")
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  find_program(TRIPTYCH_OTHER_CXX NAMES g++-12 g++-13 g++-14 g++)
else()
  find_program(TRIPTYCH_OTHER_CXX NAMES clang++-16 clang++-18 clang++)
endif()
if(NOT TRIPTYCH_OTHER_CXX)
  message(STATUS "No second compiler: the test of plugins built by another compiler is skipped")
  add_custom_target(host_other_compiler)
  set(other_plugins "")
  return()
endif()

set(source "${CMAKE_SOURCE_DIR}/tests/contract/plugins/embedding/tile.cpp")
set(hash_unit "${CMAKE_CURRENT_BINARY_DIR}/tile.source_hash.cpp")
set(object "${CMAKE_CURRENT_BINARY_DIR}/tile.o")
set(torch_include "${TRIPTYCH_TORCH_ROOT}/include")
add_custom_command(
  OUTPUT "${hash_unit}"
  COMMAND triptych-source-hash plugin "--include;$<JOIN:${TRIPTYCH_SDK_INCLUDE},;--include;>"
          --layers "${TRIPTYCH_SDK_LAYERS}"
          --output "${hash_unit}" --depfile "${hash_unit}.d" "${source}"
  DEPENDS triptych-source-hash "${source}"
  DEPFILE "${hash_unit}.d"
  COMMAND_EXPAND_LISTS)
add_custom_command(
  OUTPUT "${object}"
  COMMAND ${CMAKE_CXX_COMPILER_LAUNCHER} "${TRIPTYCH_OTHER_CXX}" -std=c++20 -O2 -fPIC -DNDEBUG
          "-D$<JOIN:$<TARGET_PROPERTY:triptych_torch,INTERFACE_COMPILE_DEFINITIONS>,;-D>"
          -fvisibility=hidden -fvisibility-inlines-hidden
          "-I$<JOIN:${TRIPTYCH_SDK_INCLUDE},;-I>" -I "${CMAKE_BINARY_DIR}/generated"
          -isystem "${torch_include}" -isystem "${torch_include}/torch/csrc/api/include"
          -MD -MF "${object}.d" -MT "${object}" -c "${source}" -o "${object}"
  DEPENDS "${source}" triptych_slot_hashes "${CMAKE_BINARY_DIR}/generated/triptych/slot_hashes.h"
  DEPFILE "${object}.d"
  COMMAND_EXPAND_LISTS
  COMMENT "Building embedding.tile with ${TRIPTYCH_OTHER_CXX}")
add_custom_command(
  OUTPUT "${other_plugins}/embedding/tile.so"
  COMMAND ${CMAKE_COMMAND} -E make_directory "${other_plugins}/embedding"
  COMMAND "${TRIPTYCH_OTHER_CXX}" -std=c++20 -O2 -fPIC -shared -fvisibility=hidden "${object}" "${hash_unit}"
          $<TARGET_FILE:triptych_sdk> $<TARGET_FILE:triptych_spec>
          "$<TARGET_PROPERTY:triptych_torch,INTERFACE_LINK_LIBRARIES>"
          "-Wl,-rpath,${TRIPTYCH_TORCH_ROOT}/lib" -Wl,--no-undefined -Wl,--allow-shlib-undefined
          -Wl,-z,nodelete -o "${other_plugins}/embedding/tile.so"
  DEPENDS "${object}" "${hash_unit}" triptych_sdk triptych_spec
  COMMAND_EXPAND_LISTS VERBATIM
  COMMENT "Linking embedding.tile with ${TRIPTYCH_OTHER_CXX}")
add_custom_target(host_other_compiler DEPENDS "${other_plugins}/embedding/tile.so")

# triptych_plugin(<slot> <name> <sources>... [LINK libs...] [OUTPUT_DIRECTORY dir])
#   Builds plugins/<slot>/<name>.so, with the hash of its comment-stripped sources inside. The
#   target is called <slot>.<name>. Works inside the tree and, after find_package(Triptych),
#   outside of it. With OUTPUT_DIRECTORY (fixtures of tests) it lies there and is not installed.
function(triptych_plugin slot name)
  cmake_parse_arguments(ARG "" "OUTPUT_DIRECTORY" "LINK" ${ARGN})
  set(target "${slot}.${name}")
  set(sources "")
  foreach(source IN LISTS ARG_UNPARSED_ARGUMENTS)
    get_filename_component(source "${source}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
    list(APPEND sources "${source}")
  endforeach()

  set(hash_unit "${CMAKE_CURRENT_BINARY_DIR}/${target}.source_hash.cpp")
  set(include_arguments "")
  foreach(folder IN LISTS TRIPTYCH_SDK_INCLUDE)
    list(APPEND include_arguments --include "${folder}")
  endforeach()
  set(layers_arguments "")
  if(TRIPTYCH_SDK_LAYERS)
    set(layers_arguments --layers "${TRIPTYCH_SDK_LAYERS}")
  endif()
  add_custom_command(
    OUTPUT "${hash_unit}"
    COMMAND ${TRIPTYCH_SOURCE_HASH} plugin ${include_arguments} ${layers_arguments}
            --output "${hash_unit}" --depfile "${hash_unit}.d" ${sources}
    DEPENDS ${TRIPTYCH_SOURCE_HASH} ${sources}
    DEPFILE "${hash_unit}.d"
    COMMENT "Hashing the sources of ${target}")

  add_library(${target} MODULE ${sources} "${hash_unit}")
  if(NOT ARG_OUTPUT_DIRECTORY)
    set(ARG_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/plugins/${slot}")
    set_property(GLOBAL APPEND PROPERTY TRIPTYCH_PLUGINS ${target})
  endif()
  set_target_properties(${target} PROPERTIES
    PREFIX "" OUTPUT_NAME "${name}" SUFFIX ".so"
    LIBRARY_OUTPUT_DIRECTORY "${ARG_OUTPUT_DIRECTORY}"
    CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_link_libraries(${target} PRIVATE triptych_sdk ${ARG_LINK})
  target_link_options(${target} PRIVATE "-Wl,-z,nodelete" "-Wl,--no-undefined")
  if(TARGET triptych_pch)
    target_precompile_headers(${target} REUSE_FROM triptych_pch)
    set_source_files_properties("${hash_unit}" PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  endif()
endfunction()

# triptych_precompiled_header([LINK libs...])
#   The one precompiled header: every unit of a plugin that follows reuses it.
function(triptych_precompiled_header)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(WRITE "${CMAKE_BINARY_DIR}/pch/pch.cpp.in" "")
  configure_file("${CMAKE_BINARY_DIR}/pch/pch.cpp.in" "${CMAKE_BINARY_DIR}/pch/pch.cpp" COPYONLY)
  add_library(triptych_pch STATIC "${CMAKE_BINARY_DIR}/pch/pch.cpp")
  set_target_properties(triptych_pch PROPERTIES
    POSITION_INDEPENDENT_CODE ON
    CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_link_libraries(triptych_pch PUBLIC ${ARG_LINK})
  target_precompile_headers(triptych_pch PRIVATE
    <torch/nn.h> <torch/types.h>
    <algorithm> <filesystem> <functional> <map> <memory> <optional> <span> <string> <vector>)
endfunction()

# In the tree; TriptychConfig.cmake sets these for an installed SDK. The include folders are those
# whose headers count for a source hash.
if(NOT DEFINED TRIPTYCH_SDK_INCLUDE)
  set(TRIPTYCH_SDK_INCLUDE "")
  foreach(part sdk core data metrics)
    list(APPEND TRIPTYCH_SDK_INCLUDE "${CMAKE_SOURCE_DIR}/platform/${part}/include")
  endforeach()
  set(TRIPTYCH_SDK_LAYERS "${CMAKE_SOURCE_DIR}/platform/sdk/layers")
  set(TRIPTYCH_SOURCE_HASH triptych-source-hash)
endif()

# triptych_plugin(<slot> <name> <sources>... [SHARED sources...] [LINK libs...]
#                 [OUTPUT_DIRECTORY dir])
#   Builds plugins/<slot>/<name>.so, with the hash of its comment-stripped sources inside. The
#   target is called <slot>.<name>. Works inside the tree and, after find_package(Triptych),
#   outside of it. SHARED sources are compiled once for all plugins that name them, against
#   triptych_sdk alone, and count for the hash of each. With OUTPUT_DIRECTORY (fixtures of tests) it lies there and is not installed.
function(triptych_plugin slot name)
  cmake_parse_arguments(ARG "" "OUTPUT_DIRECTORY" "SHARED;LINK" ${ARGN})
  set(target "${slot}.${name}")
  set(own_sources "${ARG_UNPARSED_ARGUMENTS}")
  list(TRANSFORM own_sources PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/" REGEX "^[^/]")
  triptych_shared_objects(shared_objects ${ARG_SHARED})
  set(sources "${own_sources}" "${ARG_SHARED}")
  list(TRANSFORM sources PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/" REGEX "^[^/]")

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

  add_library(${target} MODULE ${own_sources} ${shared_objects} "${hash_unit}")
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

# triptych_shared_objects(<variable> <source>...)
#   Sets <variable> to the objects of the sources, each compiled once, against triptych_sdk alone.
function(triptych_shared_objects variable)
  set(objects "")
  foreach(source IN LISTS ARGN)
    get_filename_component(source "${source}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
    file(RELATIVE_PATH target "${CMAKE_SOURCE_DIR}" "${source}")
    string(REGEX REPLACE "[^A-Za-z0-9_]+" "." target "shared.${target}")
    if(NOT TARGET ${target})
      add_library(${target} OBJECT "${source}")
      set_target_properties(${target} PROPERTIES
        POSITION_INDEPENDENT_CODE ON
        CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
      target_link_libraries(${target} PRIVATE triptych_sdk)
      if(TARGET triptych_pch)
        target_precompile_headers(${target} REUSE_FROM triptych_pch)
      endif()
    endif()
    list(APPEND objects "$<TARGET_OBJECTS:${target}>")
  endforeach()
  set(${variable} "${objects}" PARENT_SCOPE)
endfunction()

# triptych_precompiled_headers(<target> [LINK libs...] [OPTIONS flags...] HEADERS headers...)
#   A library of precompiled headers and nothing else; targets with the same flags reuse it:
#   target_precompile_headers(... REUSE_FROM <target>). Plugins reuse triptych_pch, if there is one.
function(triptych_precompiled_headers target)
  cmake_parse_arguments(ARG "" "" "LINK;OPTIONS;HEADERS" ${ARGN})
  set(unit "${CMAKE_BINARY_DIR}/pch/${target}.cpp")
  file(CONFIGURE OUTPUT "${unit}" CONTENT "")
  add_library(${target} STATIC "${unit}")
  set_target_properties(${target} PROPERTIES
    POSITION_INDEPENDENT_CODE ON
    CXX_EXTENSIONS OFF CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
  target_compile_options(${target} PRIVATE ${ARG_OPTIONS})
  target_link_libraries(${target} PRIVATE ${ARG_LINK})
  target_precompile_headers(${target} PRIVATE ${ARG_HEADERS})
endfunction()
set(TRIPTYCH_PLUGIN_HEADERS <torch/nn.h> <torch/types.h> <algorithm> <filesystem> <functional> <map>
    <memory> <optional> <span> <string> <vector>)

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

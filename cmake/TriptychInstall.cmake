# cmake --install: the program with its plugins, and what building plugins outside the tree takes.
# Called last, when every target exists. The layout is fixed, because the program looks for plugins
# and protocols relative to itself:
#   bin/ lib/ lib/triptych/plugins/<slot>/ lib/cmake/Triptych/ include/triptych/ share/triptych/
set(package lib/cmake/Triptych)

set(programs "")
foreach(target triptych triptych-plugin-probe triptych-source-hash)
  if(TARGET ${target})
    list(APPEND programs ${target})
  endif()
endforeach()
set_target_properties(${programs} PROPERTIES INSTALL_RPATH "$ORIGIN/../lib;${TRIPTYCH_TORCH_ROOT}/lib")
install(TARGETS ${programs} RUNTIME DESTINATION bin)

get_property(plugins GLOBAL PROPERTY TRIPTYCH_PLUGINS)
foreach(plugin IN LISTS plugins)
  string(REGEX REPLACE "[.].*" "" slot "${plugin}")
  set_target_properties(${plugin} PROPERTIES INSTALL_RPATH "$ORIGIN/../../..;${TRIPTYCH_TORCH_ROOT}/lib")
  install(TARGETS ${plugin} LIBRARY DESTINATION lib/triptych/plugins/${slot})
endforeach()

foreach(part spec sdk core data metrics)
  if(TARGET triptych_${part})
    install(TARGETS triptych_${part} ARCHIVE DESTINATION lib)
  endif()
  if(EXISTS "${CMAKE_SOURCE_DIR}/platform/${part}/include")
    install(DIRECTORY "${CMAKE_SOURCE_DIR}/platform/${part}/include/" DESTINATION include)
  endif()
endforeach()
install(FILES "${CMAKE_BINARY_DIR}/generated/triptych/slot_hashes.h" DESTINATION include/triptych)
install(DIRECTORY "${CMAKE_SOURCE_DIR}/platform/sdk/layers" DESTINATION share/triptych)
if(TARGET triptych_pictures)  # reads and writes picture files; opened on first use
  set_target_properties(triptych_pictures PROPERTIES INSTALL_RPATH "$ORIGIN")
  install(TARGETS triptych_pictures LIBRARY DESTINATION lib)
endif()
foreach(folder protocols schema)
  if(EXISTS "${CMAKE_SOURCE_DIR}/experiments/${folder}")
    install(DIRECTORY "${CMAKE_SOURCE_DIR}/experiments/${folder}" DESTINATION share/triptych)
  endif()
endforeach()

include(CMakePackageConfigHelpers)
configure_package_config_file("${CMAKE_SOURCE_DIR}/cmake/TriptychConfig.cmake.in"
  "${CMAKE_BINARY_DIR}/package/TriptychConfig.cmake" INSTALL_DESTINATION ${package} NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/package/TriptychConfigVersion.cmake"
  VERSION ${PROJECT_VERSION} COMPATIBILITY SameMinorVersion)
install(FILES
  "${CMAKE_BINARY_DIR}/package/TriptychConfig.cmake" "${CMAKE_BINARY_DIR}/package/TriptychConfigVersion.cmake"
  "${CMAKE_SOURCE_DIR}/cmake/TriptychPlugin.cmake" "${CMAKE_SOURCE_DIR}/cmake/TriptychTorch.cmake"
  DESTINATION ${package})

# ninja -C build installed_targets: what cmake --install copies, and nothing else.
add_custom_target(installed_targets DEPENDS ${programs} ${plugins})
foreach(part spec sdk core data metrics pictures)
  if(TARGET triptych_${part})
    add_dependencies(installed_targets triptych_${part})
  endif()
endforeach()

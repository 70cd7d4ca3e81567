# Defines the target triptych_torch from the folder of a torch wheel or an unpacked LibTorch,
# CPU and CUDA alike, without find_package(Torch): that wants the CUDA toolkit's development
# files for a CUDA wheel, puts foreign folders into the RUNPATH and prints harmless warnings.
# TRIPTYCH_TORCH_ROOT must hold include/ and lib/.
if(NOT EXISTS "${TRIPTYCH_TORCH_ROOT}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "TRIPTYCH_TORCH_ROOT=\"${TRIPTYCH_TORCH_ROOT}\" holds no lib/libtorch_cpu.so.\n"
    "Expected the torch folder of a Python wheel (.../site-packages/torch) or an unpacked LibTorch, version 2.11 or newer.\n"
    "./dev build installs one and sets this for you.")
endif()
set(TRIPTYCH_TORCH_VERSION "")
foreach(header torch/headeronly/version.h torch/csrc/api/include/torch/version.h)
  set(path "${TRIPTYCH_TORCH_ROOT}/include/${header}")
  if(EXISTS "${path}" AND NOT TRIPTYCH_TORCH_VERSION)
    file(STRINGS "${path}" lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
    string(REGEX MATCHALL " [0-9]+" numbers "${lines}")
    string(REPLACE ";" "." numbers "${numbers}")
    string(REPLACE " " "" TRIPTYCH_TORCH_VERSION "${numbers}")
  endif()
endforeach()
if(NOT TRIPTYCH_TORCH_VERSION VERSION_GREATER_EQUAL 2.11)
  message(FATAL_ERROR "LibTorch at ${TRIPTYCH_TORCH_ROOT} is version \"${TRIPTYCH_TORCH_VERSION}\"; 2.11 or newer is needed.")
endif()

if(TARGET triptych_torch)  # find_package(Triptych) a second time
  return()
endif()
add_library(triptych_torch INTERFACE)
target_include_directories(triptych_torch SYSTEM INTERFACE
  "${TRIPTYCH_TORCH_ROOT}/include" "${TRIPTYCH_TORCH_ROOT}/include/torch/csrc/api/include")
target_compile_definitions(triptych_torch INTERFACE USE_DISTRIBUTED USE_C10D_GLOO USE_RPC USE_TENSORPIPE)
target_link_options(triptych_torch INTERFACE "-Wl,--no-as-needed" "-Wl,--allow-shlib-undefined")
set(torch_libraries "${TRIPTYCH_TORCH_ROOT}/lib/libtorch_cpu.so" "${TRIPTYCH_TORCH_ROOT}/lib/libc10.so")
set(TRIPTYCH_TORCH_HAS_CUDA OFF)
if(EXISTS "${TRIPTYCH_TORCH_ROOT}/lib/libtorch_cuda.so")
  set(TRIPTYCH_TORCH_HAS_CUDA ON)  # a CUDA wheel trains on a GPU without nvcc
  list(PREPEND torch_libraries "${TRIPTYCH_TORCH_ROOT}/lib/libtorch_cuda.so" "${TRIPTYCH_TORCH_ROOT}/lib/libc10_cuda.so")
  target_compile_definitions(triptych_torch INTERFACE USE_C10D_NCCL)
  # Headers that torch's CUDA headers include: from the wheels beside torch's, or the toolkit's.
  get_filename_component(torch_site "${TRIPTYCH_TORCH_ROOT}" DIRECTORY)
  foreach(folder cu13 cudnn nccl)
    if(EXISTS "${torch_site}/nvidia/${folder}/include")
      target_include_directories(triptych_torch SYSTEM INTERFACE "${torch_site}/nvidia/${folder}/include")
    endif()
  endforeach()
endif()
if(TRIPTYCH_CUDA)  # own kernels and what reads CUDA's own counters
  if(NOT TRIPTYCH_TORCH_HAS_CUDA)
    message(FATAL_ERROR "TRIPTYCH_CUDA=ON, but the LibTorch at ${TRIPTYCH_TORCH_ROOT} is a CPU build.\n"
      "./dev build --cuda installs torch 2.11.0 with CUDA; or leave TRIPTYCH_CUDA off.")
  endif()
  target_compile_definitions(triptych_torch INTERFACE TRIPTYCH_CUDA)
endif()
target_link_libraries(triptych_torch INTERFACE ${torch_libraries})
message(STATUS "LibTorch ${TRIPTYCH_TORCH_VERSION} (CUDA wheel: ${TRIPTYCH_TORCH_HAS_CUDA}) at ${TRIPTYCH_TORCH_ROOT}")

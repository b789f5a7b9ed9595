// The ggml functions the hook calls, resolved from the ggml library that node-llama-cpp has already loaded. Linking
// against a copy of our own would give a second ggml with its own state, and tie the addon to one of the CPU, CUDA,
// Vulkan and Metal builds.
#pragma once

#include <string>

#include "ggml-alloc.h"
#include "ggml-backend.h"
#include "ggml.h"

namespace steady {

#define STEADY_GGML_FUNCTIONS(X)      \
    X(ggml_init)                      \
    X(ggml_free)                      \
    X(ggml_new_tensor_1d)             \
    X(ggml_view_2d)                   \
    X(ggml_add_inplace)               \
    X(ggml_new_graph)                 \
    X(ggml_build_forward_expand)      \
    X(ggml_tensor_overhead)           \
    X(ggml_graph_overhead)            \
    X(ggml_backend_tensor_get)        \
    X(ggml_backend_tensor_set)        \
    X(ggml_backend_buffer_is_host)    \
    X(ggml_backend_buffer_get_type)   \
    X(ggml_backend_buft_get_device)   \
    X(ggml_backend_dev_init)          \
    X(ggml_backend_free)              \
    X(ggml_backend_alloc_ctx_tensors) \
    X(ggml_backend_buffer_free)       \
    X(ggml_backend_view_init)         \
    X(ggml_backend_graph_compute)

// The device registry lives in ggml's second library.
#define STEADY_GGML_REGISTRY_FUNCTIONS(X) X(ggml_backend_dev_by_type)

struct GgmlApi {
#define X(name) decltype(&::name) name = nullptr;
    STEADY_GGML_FUNCTIONS(X)
    STEADY_GGML_REGISTRY_FUNCTIONS(X)
#undef X
};

// A function of one of llama.cpp's libraries that are already loaded ("libllama.", "libggml-base.", …), or nullptr.
void * LoadedSymbol(const char * library, const char * name);

// Resolves every function once. Returns nullptr and fills `error` when ggml is not loaded or lacks a function.
const GgmlApi * ResolveGgml(std::string & error);

}  // namespace steady

// What the addon touches of node-llama-cpp's native context, laid out as the library it was built into lays it out.
#pragma once

#include <napi.h>

#include <string>

// node-llama-cpp's own header: the context's parameters are a public member, read once by its `init()`.
#include "AddonContext.h"

namespace steady {

#if defined(_WIN32) && !defined(_MSC_VER)
// The library for Windows follows Microsoft's C++ ABI: the empty one of a class's two bases takes room there, so every
// member lies a pointer further on than in `AddonContext` as other compilers see it.
struct EngineContext {
    void * object_wrap[5];
    void * model;
    llama_context_params context_params;
    llama_context * ctx;
};
static_assert(offsetof(EngineContext, context_params) == 48);
#else
using EngineContext = AddonContext;
#endif

// The native context behind its JavaScript object; nullptr where there is none.
inline EngineContext * EngineContextOf(const Napi::Object & object) {
    return reinterpret_cast<EngineContext *>(Napi::ObjectWrap<AddonContext>::Unwrap(object));
}

// Why `context` is not a context that waits for its `init()` and was made with the numbers of `asked` ({ contextSize?,
// batchSize?, sequences? }); empty where it is. Memory that is laid out otherwise shows as other numbers.
std::string LayoutFault(const EngineContext & context, const Napi::Object & asked);

}  // namespace steady

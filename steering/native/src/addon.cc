#include <napi.h>

#include "hook_binding.h"
#include "linalg.h"
#include "threadpool.h"

namespace {

// Rises whenever what crosses between here and `binding.ts` changes, where the same number stands.
constexpr int kInterface = 8;

Napi::Object Init(Napi::Env env, Napi::Object exports) {
    steady::InitHook(env, exports);
    InitLinalg(env, exports);
    InitThreadpool(env, exports);
    // What this addon was compiled against; the loader compares it with what is installed.
    exports.Set("builtFor", Napi::String::New(env, STEADY_NODE_LLAMA_CPP_VERSION));
    exports.Set("interfaceVersion", Napi::Number::New(env, kInterface));
    return exports;
}

}  // namespace

NODE_API_MODULE(steady_native, Init)

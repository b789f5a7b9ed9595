#include <napi.h>

#include "hook_binding.h"
#include "linalg.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
    steady::InitHook(env, exports);
    InitLinalg(env, exports);
    // What this addon was compiled against; the loader compares it with what is installed.
    exports.Set("builtFor", Napi::String::New(env, STEADY_NODE_LLAMA_CPP_VERSION));
    return exports;
}

}  // namespace

NODE_API_MODULE(steady_native, Init)

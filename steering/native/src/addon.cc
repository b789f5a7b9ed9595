#include <napi.h>

#include "hook_binding.h"
#include "linalg.h"
#include "threadpool.h"

namespace {

// Rises whenever what crosses between here and `binding.ts` changes, where the same number stands.
#define STEADY_INTERFACE 8

#define STEADY_TEXT_OF(value) #value
#define STEADY_TEXT(value) STEADY_TEXT_OF(value)

// What the file was built against, for programs that read it without loading it: build/native/identity.ts.
constexpr char kIdentity[] = "steady-addon node-llama-cpp=" STEADY_NODE_LLAMA_CPP_VERSION " interface=" STEADY_TEXT(STEADY_INTERFACE) ";";

Napi::Object Init(Napi::Env env, Napi::Object exports) {
    steady::InitHook(env, exports);
    InitLinalg(env, exports);
    InitThreadpool(env, exports);
    // What this addon was compiled against; the loader compares it with what is installed.
    exports.Set("builtFor", Napi::String::New(env, STEADY_NODE_LLAMA_CPP_VERSION));
    exports.Set("interfaceVersion", Napi::Number::New(env, STEADY_INTERFACE));
    exports.Set("identity", Napi::String::New(env, kIdentity));
    return exports;
}

}  // namespace

NODE_API_MODULE(steady_native, Init)

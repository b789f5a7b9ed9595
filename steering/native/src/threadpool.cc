#include "threadpool.h"

#include <memory>

#include "engine_context.h"
#include "ggml-cpu.h"
#include "ggml_api.h"

namespace steady {
namespace {

// Threads live in the CPU backend, of which llama.cpp loads the variant that fits the processor; its registry knows them.
struct ThreadpoolApi {
    decltype(&::ggml_threadpool_new) create = nullptr;
    decltype(&::ggml_threadpool_free) free = nullptr;
    decltype(&::ggml_threadpool_params_default) defaults = nullptr;
    decltype(&::llama_attach_threadpool) attach = nullptr;

    bool Complete() const { return create != nullptr && free != nullptr && defaults != nullptr && attach != nullptr; }
};

template <typename Function>
Function Loaded(const char * library, const char * name) {
    return reinterpret_cast<Function>(LoadedSymbol(library, name));
}

ThreadpoolApi Resolve() {
    ThreadpoolApi api;
    const auto device_by_type = Loaded<decltype(&::ggml_backend_dev_by_type)>("libggml.", "ggml_backend_dev_by_type");
    const auto registry_of = Loaded<decltype(&::ggml_backend_dev_backend_reg)>("libggml-base.", "ggml_backend_dev_backend_reg");
    const auto function_of = Loaded<decltype(&::ggml_backend_reg_get_proc_address)>("libggml-base.", "ggml_backend_reg_get_proc_address");
    if (device_by_type == nullptr || registry_of == nullptr || function_of == nullptr) return api;
    const ggml_backend_dev_t cpu = device_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
    if (cpu == nullptr) return api;
    const ggml_backend_reg_t registry = registry_of(cpu);
    api.create = reinterpret_cast<decltype(api.create)>(function_of(registry, "ggml_threadpool_new"));
    api.free = reinterpret_cast<decltype(api.free)>(function_of(registry, "ggml_threadpool_free"));
    api.defaults = Loaded<decltype(api.defaults)>("libggml-base.", "ggml_threadpool_params_default");
    api.attach = Loaded<decltype(api.attach)>("libllama.", "llama_attach_threadpool");
    return api;
}

// attachThreadpool(addonContext, threads) → whether it was done. Without one, llama.cpp starts and ends its threads anew
// for every graph; that is slower and nothing else, so a library that lacks a function is no error.
Napi::Value Attach(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const auto target = info[0].As<Napi::Object>();
    const int32_t threads = info[1].As<Napi::Number>().Int32Value();
    const EngineContext * context = EngineContextOf(target);
    static const ThreadpoolApi api = Resolve();
    if (context == nullptr || context->ctx == nullptr || threads < 2 || !api.Complete()) return Napi::Boolean::New(env, false);
    ggml_threadpool_params params = api.defaults(threads);
    // They sleep between graphs instead of spinning: waking costs microseconds, and a spinning thread takes a core from
    // whatever comes next, be it the page or another context.
    params.poll = 0;
    const std::shared_ptr<ggml_threadpool> pool(api.create(&params), api.free);
    if (pool == nullptr) return Napi::Boolean::New(env, false);
    api.attach(context->ctx, pool.get(), pool.get());
    // llama.cpp keeps a raw pointer for as long as its context lives, so the context owns the pool.
    target.AddFinalizer([](Napi::Env, std::shared_ptr<ggml_threadpool> * share) { delete share; },
                        new std::shared_ptr<ggml_threadpool>(pool));
    return Napi::Boolean::New(env, true);
}

}  // namespace
}  // namespace steady

void InitThreadpool(Napi::Env env, Napi::Object exports) {
    exports.Set("attachThreadpool", Napi::Function::New(env, steady::Attach, "attachThreadpool"));
}

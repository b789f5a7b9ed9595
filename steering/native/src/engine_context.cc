#include "engine_context.h"

namespace steady {

std::string LayoutFault(const EngineContext & context, const Napi::Object & asked) {
    const llama_context_params & params = context.context_params;
    const struct {
        const char * name;
        uint32_t read;
    } fields[] = {
        {"contextSize", params.n_ctx},
        {"batchSize", params.n_batch},
        {"batchSize", params.n_ubatch},
        {"sequences", params.n_seq_max},
    };
    for (const auto & [name, read] : fields) {
        const Napi::Value wanted = asked.Get(name);
        if (!wanted.IsNumber() || wanted.As<Napi::Number>().Int64Value() == static_cast<int64_t>(read)) continue;
        return std::string(name) + " reads as " + std::to_string(read) + " instead of " + wanted.ToString().Utf8Value();
    }
    if (params.cb_eval != nullptr || params.cb_eval_user_data != nullptr) return "a callback is there already";
    if (context.ctx != nullptr) return "it has been initialised already";
    return {};
}

}  // namespace steady

#include "hook_binding.h"

#include <cmath>
#include <memory>

#include "engine_context.h"
#include "hook.h"

namespace steady {
namespace {

[[noreturn]] void Fail(Napi::Env env, const char * code, const std::string & message) {
    Napi::Error error = Napi::Error::New(env, message);
    error.Set("code", Napi::String::New(env, code));
    throw error;
}

std::vector<float> Floats(const Napi::Value & value) {
    if (!value.IsTypedArray()) return {};
    const auto array = value.As<Napi::Float32Array>();
    return {array.Data(), array.Data() + array.ElementLength()};
}

int32_t ReadProbe(Napi::Env env, const Napi::Value & value) {
    const int32_t probe = value.As<Napi::Number>().Int32Value();
    if (probe < 0 || probe >= kProbes) Fail(env, "bad-input", "The plan names a probe that cannot be.");
    return probe;
}

std::vector<RunningMean> ReadMeans(const Napi::Array & source) {
    std::vector<RunningMean> means;
    for (uint32_t i = 0; i < source.Length(); i++) {
        const auto entry = source.Get(i).As<Napi::Object>();
        means.push_back({std::exp2(-1.0 / entry.Get("halfLife").As<Napi::Number>().DoubleValue()), Floats(entry.Get("v"))});
    }
    return means;
}

std::shared_ptr<const Plan> ReadPlan(Napi::Env env, const Napi::Object & source) {
    auto plan = std::make_shared<Plan>();
    plan->pool_mean = source.Get("pooling").As<Napi::String>().Utf8Value() == "mean";
    plan->clip = source.Get("clip").As<Napi::Boolean>().Value();
    if (const Napi::Value partial = source.Get("partialGate"); partial.IsObject()) {
        plan->band_width = partial.As<Napi::Object>().Get("width").As<Napi::Number>().FloatValue();
        plan->band_gate = partial.As<Napi::Object>().Get("gate").As<Napi::Number>().FloatValue();
    }
    if (const Napi::Value passes = source.Get("passes"); passes.IsNumber()) plan->two_passes = passes.As<Napi::Number>().Int32Value() == 2;
    plan->strength = source.Get("strength").As<Napi::Number>().FloatValue();
    const auto layers = source.Get("layers").As<Napi::Array>();
    for (uint32_t i = 0; i < layers.Length(); i++) {
        const auto entry = layers.Get(i).As<Napi::Object>();
        PlanLayer layer;
        layer.layer = entry.Get("layer").As<Napi::Number>().Int32Value();
        if (const Napi::Value read = entry.Get("read"); read.IsObject()) {
            layer.w = Floats(read.As<Napi::Object>().Get("w"));
            layer.tau = read.As<Napi::Object>().Get("tau").As<Napi::Number>().FloatValue();
            layer.scale = read.As<Napi::Object>().Get("scale").As<Napi::Number>().FloatValue();
            if (const Napi::Value means = read.As<Napi::Object>().Get("means"); means.IsArray()) layer.means = ReadMeans(means.As<Napi::Array>());
            if (const Napi::Value probe = read.As<Napi::Object>().Get("probe"); probe.IsNumber()) layer.probe = ReadProbe(env, probe);
        }
        if (const Napi::Value confirming = entry.Get("confirming"); confirming.IsObject()) {
            layer.confirming = {Floats(confirming.As<Napi::Object>().Get("w")), Floats(confirming.As<Napi::Object>().Get("v"))};
        }
        if (const Napi::Value write = entry.Get("write"); write.IsObject()) {
            layer.r = Floats(write.As<Napi::Object>().Get("r"));
            layer.lambda = write.As<Napi::Object>().Get("lambda").As<Napi::Number>().FloatValue();
        }
        std::vector<const std::vector<float> *> vectors = {&layer.w, &layer.r, &layer.confirming.w, &layer.confirming.v};
        for (const RunningMean & mean : layer.means) vectors.push_back(&mean.v);
        for (const std::vector<float> * vector : vectors) {
            if (vector->empty()) continue;
            if (plan->embedding == 0) plan->embedding = static_cast<int32_t>(vector->size());
            if (plan->embedding != static_cast<int32_t>(vector->size())) Fail(env, "bad-input", "The plan's vectors differ in length.");
        }
        plan->layers[layer.layer] = std::move(layer);
    }
    return plan;
}

// new SteeringHook(addonContext, { unified, asked }): puts the hook into a context that has not been initialised yet.
// Writes nothing into a context whose memory does not read as `asked`.
class HookBinding : public Napi::ObjectWrap<HookBinding> {
public:
    static Napi::Function Define(Napi::Env env) {
        return DefineClass(env, "SteeringHook",
                           {
                               InstanceMethod("setPlan", &HookBinding::SetPlan),
                               InstanceMethod("setCapture", &HookBinding::SetCapture),
                               InstanceMethod("setAccessMode", &HookBinding::SetAccessMode),
                               InstanceMethod("beginBatch", &HookBinding::BeginBatch),
                               InstanceMethod("beginProbe", &HookBinding::BeginProbe),
                               InstanceMethod("endBatch", &HookBinding::EndBatch),
                               InstanceMethod("scores", &HookBinding::Scores),
                               InstanceMethod("readings", &HookBinding::Readings),
                               InstanceMethod("rows", &HookBinding::Rows),
                               InstanceMethod("seenLayers", &HookBinding::SeenLayers),
                               InstanceMethod("interrupt", &HookBinding::RaiseInterrupt),
                               InstanceMethod("counters", &HookBinding::Counters),
                           });
    }

    explicit HookBinding(const Napi::CallbackInfo & info) : Napi::ObjectWrap<HookBinding>(info) {
        const Napi::Env env = info.Env();
        std::string reason;
        const GgmlApi * api = ResolveGgml(reason);
        if (api == nullptr) Fail(env, "native-addon-mismatch", reason);
        const auto target = info[0].As<Napi::Object>();
        const auto options = info[1].As<Napi::Object>();
        EngineContext * context = EngineContextOf(target);
        if (context == nullptr) Fail(env, "native-addon-mismatch", "The llama.cpp context could not be reached.");
        if (const std::string fault = LayoutFault(*context, options.Get("asked").As<Napi::Object>()); !fault.empty()) {
            Fail(env, "native-addon-mismatch", "The llama.cpp context does not look as it should: " + fault + ".");
        }
        hook_ = std::make_shared<Hook>(*api);
        context->context_params.cb_eval = &Hook::EvalThunk;
        context->context_params.cb_eval_user_data = hook_.get();
        context->context_params.abort_callback = &Interrupt::Thunk;
        context->context_params.abort_callback_data = &hook_->interrupt();
        if (options.Get("unified").ToBoolean()) context->context_params.kv_unified = true;
        // llama.cpp holds a raw pointer to the hook for as long as the context lives, so the context owns a share of it.
        target.AddFinalizer([](Napi::Env, std::shared_ptr<Hook> * share) { delete share; }, new std::shared_ptr<Hook>(hook_));
    }

private:
    void SetPlan(const Napi::CallbackInfo & info) {
        hook_->SetPlan(info[0].IsObject() ? ReadPlan(info.Env(), info[0].As<Napi::Object>()) : nullptr);
    }

    void SetCapture(const Napi::CallbackInfo & info) {
        const auto layers = info[0].As<Napi::Int32Array>();
        hook_->SetCapture({layers.Data(), layers.Data() + layers.ElementLength()});
    }

    void SetAccessMode(const Napi::CallbackInfo & info) {
        const std::string mode = info[0].As<Napi::String>().Utf8Value();
        hook_->SetMode(mode == "transfer" ? AccessMode::kTransfer : mode == "device" ? AccessMode::kDevice : AccessMode::kAuto);
    }

    // beginBatch(spans: Int32Array of [sequence, begin, end, flags]…, gates: Float32Array, rows, captureOnly); flags: 1 steer, 2 capture, 4 first, 8 last.
    void BeginBatch(const Napi::CallbackInfo & info) {
        const auto flat = info[0].As<Napi::Int32Array>();
        const auto gates = info[1].As<Napi::Float32Array>();
        std::vector<RowSpan> spans(flat.ElementLength() / 4);
        for (size_t i = 0; i < spans.size(); i++) {
            const int32_t * at = flat.Data() + 4 * i;
            spans[i] = {at[0], at[1], at[2], (at[3] & 1) != 0, (at[3] & 2) != 0, (at[3] & 4) != 0, (at[3] & 8) != 0, gates[i]};
        }
        hook_->BeginBatch(std::move(spans), info[2].As<Napi::Number>().Int32Value(), info[3].ToBoolean());
    }

    void BeginProbe(const Napi::CallbackInfo &) { hook_->BeginProbe(); }

    Napi::Value EndBatch(const Napi::CallbackInfo & info) {
        const std::string error = hook_->EndBatch();
        return error.empty() ? info.Env().Null() : Napi::String::New(info.Env(), error);
    }

    Napi::Value Scores(const Napi::CallbackInfo & info) {
        const Napi::Env env = info.Env();
        const SpanScores & scores = hook_->Scores(info[0].As<Napi::Number>().Uint32Value());
        auto layers = Napi::Int32Array::New(env, scores.layers.size());
        auto values = Napi::Float32Array::New(env, scores.scores.size());
        auto gates = Napi::Float32Array::New(env, scores.gates.size());
        std::copy(scores.layers.begin(), scores.layers.end(), layers.Data());
        std::copy(scores.scores.begin(), scores.scores.end(), values.Data());
        std::copy(scores.gates.begin(), scores.gates.end(), gates.Data());
        auto result = Napi::Object::New(env);
        result.Set("layers", layers);
        result.Set("scores", values);
        result.Set("gates", gates);
        result.Set("steered", scores.steered);
        return result;
    }

    // Float64Array of each probe's reading, then the second stage's z.
    Napi::Value Readings(const Napi::CallbackInfo & info) {
        const SpanScores & scores = hook_->Scores(info[0].As<Napi::Number>().Uint32Value());
        auto result = Napi::Float64Array::New(info.Env(), kProbes + 1);
        std::copy(scores.readings.begin(), scores.readings.end(), result.Data());
        result[static_cast<size_t>(kProbes)] = scores.confirmation;
        return result;
    }

    Napi::Value Rows(const Napi::CallbackInfo & info) {
        const std::vector<float> & rows = hook_->Rows(info[0].As<Napi::Number>().Uint32Value());
        auto result = Napi::Float32Array::New(info.Env(), rows.size());
        std::copy(rows.begin(), rows.end(), result.Data());
        return result;
    }

    Napi::Value SeenLayers(const Napi::CallbackInfo & info) {
        auto result = Napi::Array::New(info.Env());
        for (const int32_t layer : hook_->Seen()) result.Set(result.Length(), layer);
        return result;
    }

    void RaiseInterrupt(const Napi::CallbackInfo & info) { hook_->interrupt().Raise(info[0].ToBoolean()); }

    Napi::Value Counters(const Napi::CallbackInfo & info) {
        auto result = Napi::Object::New(info.Env());
        result.Set("host", static_cast<double>(hook_->counters().host));
        result.Set("transfer", static_cast<double>(hook_->counters().transfer));
        result.Set("device", static_cast<double>(hook_->counters().device));
        return result;
    }

    std::shared_ptr<Hook> hook_;
};

}  // namespace

void InitHook(Napi::Env env, Napi::Object exports) { exports.Set("SteeringHook", HookBinding::Define(env)); }

}  // namespace steady

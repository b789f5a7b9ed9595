// Everything slow runs on a worker thread as a Job. Typed arrays are borrowed, not copied: whoever calls must not change
// them before the promise settles. A one-element Int32Array tells a job that it is no longer wanted.
#pragma once

#include <napi.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <new>
#include <utility>
#include <vector>

#include "linalg_solve.h"

namespace steady::binding {

namespace la = steady::linalg;

struct Tick {
    int32_t stage;
    double done;
};

class Job final : public Napi::AsyncProgressWorker<Tick> {
   public:
    using Work = std::function<void(const la::Control &)>;
    using Result = std::function<Napi::Value(Napi::Env)>;

    // `keep`: values whose memory the work uses.
    static Napi::Value Start(const Napi::CallbackInfo & info, size_t flag_argument, std::vector<Napi::Value> keep, Work work, Result result) {
        const Napi::Env env = info.Env();
        auto flag = info[flag_argument].As<Napi::Int32Array>();
        auto * job = new Job(env, flag.Data(), std::move(work), std::move(result));
        keep.push_back(flag);
        Napi::Object kept = Napi::Object::New(env);
        for (size_t i = 0; i < keep.size(); i++) kept.Set(static_cast<uint32_t>(i), keep[i]);
        if (info[flag_argument + 1].IsFunction()) kept.Set("progress", info[flag_argument + 1]);
        job->kept_ = Napi::Persistent(kept);
        const Napi::Value promise = job->deferred_.Promise();
        job->Queue();
        return promise;
    }

    void Execute(const ExecutionProgress & progress) override {
        using Clock = std::chrono::steady_clock;
        Clock::time_point told{};
        int32_t stage = -1;
        const la::Control control{
            [this] { return __atomic_load_n(flag_, __ATOMIC_RELAXED) != 0; },
            [&](la::Stage now, double done) {
                const Clock::time_point time = Clock::now();
                if (static_cast<int32_t>(now) == stage && time - told < std::chrono::milliseconds(50)) return;
                stage = static_cast<int32_t>(now);
                told = time;
                const Tick tick{stage, done};
                progress.Send(&tick, 1);
            },
        };
        try {
            if (control.cancelled()) throw la::Cancelled();
            work_(control);
        } catch (const la::Cancelled &) {
            code_ = "cancelled";
            SetError("The computation was cancelled.");
        } catch (const la::BadInput & error) {
            code_ = "bad-input";
            SetError(error.what());
        } catch (const std::bad_alloc &) {
            code_ = "calibration-failed";
            SetError("There is not enough memory for this computation.");
        } catch (const std::exception & error) {
            code_ = "calibration-failed";
            SetError(error.what());
        }
    }

    void OnProgress(const Tick * ticks, size_t count) override {
        if (ticks == nullptr || count == 0) return;
        const Napi::Env env = Env();
        const Napi::HandleScope scope(env);
        const Napi::Value progress = kept_.Get("progress");
        // Our own wrapper is on the other side and does not throw.
        if (progress.IsFunction()) {
            progress.As<Napi::Function>().Call({Napi::Number::New(env, ticks->stage), Napi::Number::New(env, ticks->done)});
        }
    }

    void OnOK() override {
        const Napi::HandleScope scope(Env());
        try {
            deferred_.Resolve(result_(Env()));
        } catch (const Napi::Error & error) {
            deferred_.Reject(error.Value());
        }
    }

    void OnError(const Napi::Error & error) override {
        error.Value().Set("code", code_);
        deferred_.Reject(error.Value());
    }

   private:
    Job(Napi::Env env, const int32_t * flag, Work work, Result result)
        : AsyncProgressWorker(env), deferred_(Napi::Promise::Deferred::New(env)), flag_(flag), work_(std::move(work)), result_(std::move(result)) {}

    Napi::Promise::Deferred deferred_;
    Napi::ObjectReference kept_;
    const int32_t * flag_;
    Work work_;
    Result result_;
    std::string code_;
};

inline Napi::Value Nothing(Napi::Env env) {
    return env.Undefined();
}

inline Napi::Float32Array ToFloats(Napi::Env env, const Eigen::VectorXf & values) {
    auto result = Napi::Float32Array::New(env, static_cast<size_t>(values.size()));
    std::memcpy(result.Data(), values.data(), static_cast<size_t>(values.size()) * sizeof(float));
    return result;
}

// Rows of width d in a Float32Array, with weights in a Float64Array or null. The wrapper has checked the lengths; they
// are checked again because a wrong one would read memory that is not ours.
inline la::Rows RowsOf(const Napi::Value & rows, la::Index d, const Napi::Value & weights) {
    const auto values = rows.As<Napi::Float32Array>();
    la::Rows result;
    result.data = values.Data();
    result.d = d;
    result.count = static_cast<la::Index>(values.ElementLength()) / d;
    if (result.count * d != static_cast<la::Index>(values.ElementLength())) throw Napi::TypeError::New(rows.Env(), "not whole rows");
    if (weights.IsTypedArray()) {
        const auto list = weights.As<Napi::Float64Array>();
        if (static_cast<la::Index>(list.ElementLength()) != result.count) throw Napi::TypeError::New(rows.Env(), "not one weight a row");
        result.weights = list.Data();
    }
    return result;
}

}  // namespace steady::binding

// The linear algebra for JavaScript: arguments checked and unpacked, the work handed to a Job.
#include "linalg.h"

#include <memory>
#include <mutex>

#include "linalg_graded.h"
#include "linalg_job.h"
#include "linalg_solve.h"

namespace {

namespace la = steady::linalg;
using steady::binding::Job;
using steady::binding::Nothing;
using steady::binding::RowsOf;
using steady::binding::ToFloats;

constexpr napi_type_tag kGramTag = {0x5d1e0f6a3c984b27, 0x8a4be1c97f203d55};

class GramObject final : public Napi::ObjectWrap<GramObject> {
   public:
    static Napi::Function Define(Napi::Env env) {
        return DefineClass(env, "Gram",
                           {
                               InstanceMethod<&GramObject::Add>("add"),
                               InstanceMethod<&GramObject::Merge>("merge"),
                               InstanceMethod<&GramObject::Save>("save"),
                               InstanceMethod<&GramObject::Load>("load"),
                               InstanceAccessor<&GramObject::Count>("count"),
                               InstanceAccessor<&GramObject::Weight>("weight"),
                           });
    }

    explicit GramObject(const Napi::CallbackInfo & info) : ObjectWrap(info) {
        const int64_t d = info[0].As<Napi::Number>().Int64Value();
        if (d < 1 || d > 65536) throw Napi::RangeError::New(info.Env(), "d");
        try {
            state_ = std::make_shared<State>(static_cast<la::Index>(d));
        } catch (const std::bad_alloc &) {
            throw Napi::Error::New(info.Env(), "There is not enough memory for this computation.");
        }
        info.This().As<Napi::Object>().TypeTag(&kGramTag);
        Napi::MemoryManagement::AdjustExternalMemory(info.Env(), Bytes());
    }

    void Finalize(Napi::Env env) override {
        if (state_ != nullptr) Napi::MemoryManagement::AdjustExternalMemory(env, -Bytes());
    }

    struct State {
        explicit State(la::Index d) : gram(d) {}
        std::mutex mutex;
        la::Gram gram;
    };

    static std::shared_ptr<State> Of(const Napi::Value & value) {
        if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kGramTag)) throw Napi::TypeError::New(value.Env(), "not a Gram");
        return Unwrap(value.As<Napi::Object>())->state_;
    }

   private:
    int64_t Bytes() const { return static_cast<int64_t>(state_->gram.d()) * state_->gram.d() * 8; }

    // add(rows, weights | null, flag, progress)
    Napi::Value Add(const Napi::CallbackInfo & info) {
        const la::Rows rows = RowsOf(info[0], state_->gram.d(), info[1]);
        return Job::Start(
            info, 2, {info[0], info[1]},
            [state = state_, rows](const la::Control & control) {
                const std::lock_guard lock(state->mutex);
                state->gram.Add(rows, control);
            },
            Nothing);
    }

    // merge(other, flag, progress)
    Napi::Value Merge(const Napi::CallbackInfo & info) {
        auto other = Of(info[0]);
        if (other == state_ || other->gram.d() != state_->gram.d()) throw Napi::TypeError::New(info.Env(), "not another Gram of the same width");
        return Job::Start(
            info, 1, {},
            [state = state_, other](const la::Control &) {
                const std::scoped_lock lock(state->mutex, other->mutex);
                state->gram.Merge(other->gram);
            },
            Nothing);
    }

    // save(flag, progress) → Uint8Array
    Napi::Value Save(const Napi::CallbackInfo & info) {
        auto bytes = std::make_shared<std::vector<uint8_t>>();
        return Job::Start(
            info, 0, {},
            [state = state_, bytes](const la::Control &) {
                const std::lock_guard lock(state->mutex);
                *bytes = state->gram.Save();
            },
            [bytes](Napi::Env env) -> Napi::Value {
                auto result = Napi::Uint8Array::New(env, bytes->size());
                std::memcpy(result.Data(), bytes->data(), bytes->size());
                return result;
            });
    }

    // load(bytes, flag, progress)
    Napi::Value Load(const Napi::CallbackInfo & info) {
        const auto bytes = info[0].As<Napi::Uint8Array>();
        return Job::Start(
            info, 1, {info[0]},
            [state = state_, data = bytes.Data(), size = bytes.ElementLength()](const la::Control &) {
                const std::lock_guard lock(state->mutex);
                state->gram.Load(data, size);
            },
            Nothing);
    }

    // Only asked between jobs: the wrapper runs one at a time.
    Napi::Value Count(const Napi::CallbackInfo & info) { return Napi::Number::New(info.Env(), static_cast<double>(state_->gram.count())); }
    Napi::Value Weight(const Napi::CallbackInfo & info) { return Napi::Number::New(info.Env(), state_->gram.weight()); }

    std::shared_ptr<State> state_;
};

class NullSpaceObject final : public Napi::ObjectWrap<NullSpaceObject> {
   public:
    static Napi::Function Define(Napi::Env env) {
        return DefineClass(env, "NullSpace",
                           {
                               InstanceMethod<&NullSpaceObject::FromGram>("fromGram"),
                               InstanceMethod<&NullSpaceObject::FromRows>("fromRows"),
                               InstanceMethod<&NullSpaceObject::Solve>("solve"),
                               InstanceMethod<&NullSpaceObject::Project>("project"),
                               InstanceMethod<&NullSpaceObject::Eigenvalues>("eigenvalues"),
                           });
    }

    explicit NullSpaceObject(const Napi::CallbackInfo & info) : ObjectWrap(info) {}

    void Finalize(Napi::Env env) override { Napi::MemoryManagement::AdjustExternalMemory(env, -bytes_); }

   private:
    using Space = std::shared_ptr<const la::NullSpace>;

    Napi::Value Fill(const Napi::CallbackInfo & info, size_t flag, std::vector<Napi::Value> keep,
                     std::function<void(la::NullSpace &, const la::Control &)> make) {
        auto space = std::make_shared<la::NullSpace>();
        keep.push_back(info.This());
        return Job::Start(
            info, flag, std::move(keep), [space, make = std::move(make)](const la::Control & control) { make(*space, control); },
            [this, space](Napi::Env env) -> Napi::Value {
                space_ = space;
                const int64_t bytes = static_cast<int64_t>(space->d()) * space->d() * 8;
                Napi::MemoryManagement::AdjustExternalMemory(env, bytes - bytes_);
                bytes_ = bytes;
                return env.Undefined();
            });
    }

    // fromGram(gram, minRank, flag, progress)
    Napi::Value FromGram(const Napi::CallbackInfo & info) {
        auto gram = GramObject::Of(info[0]);
        const la::Index min_rank = MinRank(info[1], gram->gram.d());
        return Fill(info, 2, {}, [gram, min_rank](la::NullSpace & space, const la::Control & control) {
            const std::lock_guard lock(gram->mutex);
            space.FromGram(gram->gram, min_rank, control);
        });
    }

    // fromRows(rows, d, weights | null, minRank, flag, progress)
    Napi::Value FromRows(const Napi::CallbackInfo & info) {
        const la::Index d = info[1].As<Napi::Number>().Int64Value();
        if (d < 1 || d > 65536) throw Napi::RangeError::New(info.Env(), "d");
        const la::Rows rows = RowsOf(info[0], d, info[2]);
        const la::Index min_rank = MinRank(info[3], d);
        return Fill(info, 4, {info[0], info[2]},
                    [rows, min_rank](la::NullSpace & space, const la::Control & control) { space.FromRows(rows, min_rank, control); });
    }

    // solve(harmful, weights | null, ranks, alpha, flag, progress) → solutions
    Napi::Value Solve(const Napi::CallbackInfo & info) {
        const Space space = Filled(info.Env());
        const la::Rows rows = RowsOf(info[0], space->d(), info[1]);
        const auto list = info[2].As<Napi::Int32Array>();
        const std::vector<la::Index> ranks(list.Data(), list.Data() + list.ElementLength());
        const double alpha = info[3].As<Napi::Number>().DoubleValue();
        auto solutions = std::make_shared<std::vector<la::Solution>>();
        return Job::Start(
            info, 4, {info[0], info[1]},
            [space, rows, ranks, alpha, solutions](const la::Control & control) { *solutions = space->Solve(rows, ranks, alpha, control); },
            [solutions](Napi::Env env) -> Napi::Value {
                auto result = Napi::Array::New(env, solutions->size());
                for (size_t i = 0; i < solutions->size(); i++) result.Set(static_cast<uint32_t>(i), ToObject(env, (*solutions)[i]));
                return result;
            });
    }

    static Napi::Object ToObject(Napi::Env env, const la::Solution & solution) {
        auto object = Napi::Object::New(env);
        object.Set("rank", static_cast<double>(solution.rank));
        object.Set("w", ToFloats(env, solution.w));
        object.Set("keptLargest", solution.kept_largest);
        object.Set("cutSmallest", solution.cut_smallest);
        object.Set("benignResidual", solution.benign_residual);
        object.Set("wNorm", solution.w_norm);
        object.Set("harmfulScores", ToFloats(env, solution.harmful_scores));
        return object;
    }

    // project(rows, rank, flag, progress) → Float64Array
    Napi::Value Project(const Napi::CallbackInfo & info) {
        const Space space = Filled(info.Env());
        const la::Rows rows = RowsOf(info[0], space->d(), info.Env().Null());
        const la::Index rank = info[1].As<Napi::Number>().Int64Value();
        auto projected = std::make_shared<la::Matrix>();
        return Job::Start(
            info, 2, {info[0]}, [space, rows, rank, projected](const la::Control & control) { *projected = space->Project(rows, rank, control); },
            [projected](Napi::Env env) -> Napi::Value {
                auto result = Napi::Float64Array::New(env, static_cast<size_t>(projected->size()));
                std::memcpy(result.Data(), projected->data(), static_cast<size_t>(projected->size()) * sizeof(double));
                return result;
            });
    }

    // eigenvalues() → Float64Array, descending
    Napi::Value Eigenvalues(const Napi::CallbackInfo & info) {
        const Space space = Filled(info.Env());
        auto result = Napi::Float64Array::New(info.Env(), static_cast<size_t>(space->d()));
        std::memcpy(result.Data(), space->values().data(), static_cast<size_t>(space->d()) * sizeof(double));
        return result;
    }

    Space Filled(Napi::Env env) const {
        if (space_ == nullptr) throw Napi::Error::New(env, "nothing decomposed yet");
        return space_;
    }

    static la::Index MinRank(const Napi::Value & value, la::Index d) {
        const int64_t rank = value.As<Napi::Number>().Int64Value();
        if (rank < 1 || rank > d) throw Napi::RangeError::New(value.Env(), "minRank");
        return rank;
    }

    Space space_;
    int64_t bytes_ = 0;
};

// scores(rows, w, flag, progress) → Float32Array
Napi::Value ScoreRows(const Napi::CallbackInfo & info) {
    const auto w = info[1].As<Napi::Float32Array>();
    if (w.ElementLength() == 0) throw Napi::TypeError::New(info.Env(), "no weights");
    const la::Rows rows = RowsOf(info[0], static_cast<la::Index>(w.ElementLength()), info.Env().Null());
    auto scores = std::make_shared<Eigen::VectorXf>(rows.count);
    return Job::Start(
        info, 2, {info[0], info[1]},
        [rows, w = w.Data(), scores](const la::Control & control) {
            rows.Check("scored");
            la::Scores(rows, w, scores->data(), control);
        },
        [scores](Napi::Env env) -> Napi::Value { return ToFloats(env, *scores); });
}

// gradedRidge(harmful: Gram, target: Float64Array, benign: Gram, beta, lambda, flag, progress) → Float32Array
Napi::Value SolveGraded(const Napi::CallbackInfo & info) {
    auto harmful = GramObject::Of(info[0]);
    auto benign = GramObject::Of(info[2]);
    const auto target = info[1].As<Napi::Float64Array>();
    const auto d = static_cast<size_t>(benign->gram.d());
    if (harmful == benign || harmful->gram.d() != benign->gram.d() || target.ElementLength() != d) {
        throw Napi::TypeError::New(info.Env(), "sums of different widths");
    }
    const double beta = info[3].As<Napi::Number>().DoubleValue();
    const double lambda = info[4].As<Napi::Number>().DoubleValue();
    auto w = std::make_shared<Eigen::VectorXf>();
    return Job::Start(
        info, 5, {info[1]},
        [harmful, benign, target = target.Data(), beta, lambda, w](const la::Control & control) {
            const std::scoped_lock lock(harmful->mutex, benign->mutex);
            *w = la::GradedRidge(harmful->gram, target, benign->gram, beta, lambda, control);
        },
        [w](Napi::Env env) -> Napi::Value { return ToFloats(env, *w); });
}

}  // namespace

void InitLinalg(Napi::Env env, Napi::Object exports) {
    exports.Set("Gram", GramObject::Define(env));
    exports.Set("NullSpace", NullSpaceObject::Define(env));
    exports.Set("gradedRidge", Napi::Function::New<SolveGraded>(env, "gradedRidge"));
    exports.Set("scores", Napi::Function::New<ScoreRows>(env, "scores"));
}

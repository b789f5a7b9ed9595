// The activation hook: llama.cpp's eval callback, steering and capturing rows of the residual stream.
#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "ggml_api.h"
#include "interrupt.h"
#include "plan.h"
#include "residual.h"

namespace steady {

// A run of rows of the coming batch that belong to one sequence's prompt, ending with that prompt's last token.
struct RowSpan {
    int32_t sequence = 0;
    int32_t begin = 0;
    int32_t end = 0;
    bool steer = false;
    bool capture = false;
    // The first token of a prompt that is read: running means begin anew.
    bool first = false;
    // Its last token: the second stage of a cascade has seen the whole request.
    bool last = false;
    // The gate of a second pass: layers write with it and none reads. NaN in a first (or only) pass.
    float gate = std::numeric_limits<float>::quiet_NaN();
};

// What a span's steering did. Vectors are parallel and ascending by layer.
struct SpanScores {
    std::vector<int32_t> layers;
    std::vector<float> scores;  // c_l; NaN for a layer that only writes
    std::vector<float> gates;   // the g that layer l wrote with, or would have
    bool steered = false;       // any vector that was not zero
    std::array<double, kProbes> readings;  // the mean u of each probe, before G; −∞ where it read nothing
    double confirmation = std::numeric_limits<double>::quiet_NaN();  // z of the second stage; NaN but at a prompt's last token

    SpanScores() { readings.fill(-std::numeric_limits<double>::infinity()); }
};

// One hook belongs to one llama.cpp context and outlives it. Everything but `Eval` is called from the JavaScript
// thread between decodes; `Eval` is called on the decoding thread during one.
class Hook {
public:
    explicit Hook(const GgmlApi & api) : residual_(api) {}

    void SetPlan(std::shared_ptr<const Plan> plan) {
        plan_ = std::move(plan);
        running_.clear();
        request_means_.clear();
    }
    void SetCapture(std::vector<int32_t> layers);
    void SetMode(AccessMode mode) { residual_.SetMode(mode); }

    // Names the prompt rows of the coming batch of `rows` rows. An empty list makes the hook idle: it then asks for no
    // tensor, and the graph runs as if there were no hook. `capture_only`: all that anybody wants of this batch are
    // captured rows, so the graph may end with the last of them.
    void BeginBatch(std::vector<RowSpan> spans, int32_t rows, bool capture_only);

    // Notes which layers' tensors pass by in the coming batch, touching nothing.
    void BeginProbe();

    // Ends the batch. A non-empty answer says why the batch must not be trusted.
    std::string EndBatch();

    const SpanScores & Scores(size_t span) const { return scores_[span]; }
    // [captured layers × d], layers in the order they were asked for.
    const std::vector<float> & Rows(size_t span) const { return captured_[span]; }
    const std::unordered_set<int32_t> & Seen() const { return seen_; }
    const Residual::Counters & counters() const { return residual_.counters(); }

    Interrupt & interrupt() { return interrupt_; }

    static bool EvalThunk(ggml_tensor * tensor, bool ask, void * self) { return static_cast<Hook *>(self)->Eval(tensor, ask); }

private:
    // Σ u_k and how many, a probe, for pooled gates; one entry a span.
    struct Pool {
        std::array<double, kProbes> sum{};
        std::array<int32_t, kProbes> count{};
        // Scores of the second stage, and of how many layers.
        double confirming = 0.0;
        int32_t confirming_layers = 0;
    };

    // A sum that fades by the same factor with every token, and what its weights add up to.
    struct FadingSum {
        double sum = 0.0;
        double weight = 0.0;
    };

    bool Eval(ggml_tensor * tensor, bool ask);
    const PlanLayer * Planned(int32_t layer) const;
    static bool Reads(const PlanLayer & layer) { return !layer.w.empty() || !layer.confirming.w.empty(); }
    // Whether a span does anything at a layer: of two passes the first only reads, the second only writes.
    bool Steers(const RowSpan & span, const PlanLayer & layer) const {
        if (!span.steer) return false;
        const bool second = !std::isnan(span.gate);
        return (!second && Reads(layer)) || ((second || !plan_->two_passes) && !layer.r.empty());
    }
    // Whether the coming batch does anything at a layer of the plan.
    bool Concerns(const PlanLayer & layer) const { return (reads_ && Reads(layer)) || (writes_ && !layer.r.empty()); }
    // Returns whether the layer was the last one that anybody waits for.
    bool IsLastWanted(int32_t layer) const { return capture_only_ && layer == last_captured_; }
    void Visit(ggml_tensor * tensor, int32_t layer);
    // The mean u of a probe; −∞ where it has read nothing.
    static double Reading(const Pool & pool, int32_t probe);
    static double WidestReading(const Pool & pool);
    // c of a row, with what the layer's running means say of the rows before it.
    double Score(const PlanLayer & layer, const RowSpan & span, const float * row);
    // Takes a row into account that the second stage reads, and at a prompt's last token says what it makes of all of them.
    void Confirm(const PlanLayer & layer, size_t span, const float * row);
    void Steer(ggml_tensor * tensor, const PlanLayer & layer, size_t span, const float * last);

    enum class State { kIdle, kActive, kProbe };

    std::shared_ptr<const Plan> plan_;
    std::vector<int32_t> capture_layers_;
    std::unordered_map<int32_t, size_t> capture_index_;
    int32_t last_captured_ = -1;

    State state_ = State::kIdle;
    std::vector<RowSpan> spans_;
    int32_t rows_ = 0;
    bool capture_only_ = false;
    // What spans of the batch do at layers that read and at layers that write: a first pass only reads, a second only writes.
    bool reads_ = false;
    bool writes_ = false;
    std::vector<SpanScores> scores_;
    std::vector<std::vector<float>> captured_;
    std::vector<Pool> pools_;
    // By sequence and layer, one a running mean. A prompt of several batches goes on where the last one ended.
    std::map<std::pair<int32_t, int32_t>, std::vector<FadingSum>> running_;
    // Likewise v times the mean of the request's rows so far.
    std::map<std::pair<int32_t, int32_t>, FadingSum> request_means_;
    std::unordered_set<int32_t> seen_;
    std::unordered_set<int32_t> visited_;
    std::string error_;
    std::vector<float> rows_buffer_;
    std::vector<float> vector_;
    Residual residual_;
    Interrupt interrupt_;
};

}  // namespace steady

#include "hook.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

namespace steady {
namespace {

// llama.cpp names the residual stream that leaves block i "l_out-i"; it enters block i + 1.
// Returns that l, or −1 for every other tensor.
int32_t LayerEntered(const char * name) {
    if (std::strncmp(name, "l_out-", 6) != 0) return -1;
    char * end = nullptr;
    const long block = std::strtol(name + 6, &end, 10);
    return end == name + 6 || *end != '\0' ? -1 : static_cast<int32_t>(block) + 1;
}

// In double precision, several sums side by side: one alone waits for each addition, and every token is read.
double Dot(const float * row, const std::vector<float> & w) {
    constexpr size_t kLanes = 8;
    std::array<double, kLanes> sums{};
    const size_t whole = w.size() / kLanes * kLanes;
    for (size_t i = 0; i < whole; i += kLanes) {
        for (size_t lane = 0; lane < kLanes; lane++) sums[lane] += static_cast<double>(row[i + lane]) * static_cast<double>(w[i + lane]);
    }
    double sum = 0.0;
    for (const double lane : sums) sum += lane;
    for (size_t i = whole; i < w.size(); i++) sum += static_cast<double>(row[i]) * static_cast<double>(w[i]);
    return sum;
}

}  // namespace

void Hook::SetCapture(std::vector<int32_t> layers) {
    capture_layers_ = std::move(layers);
    capture_index_.clear();
    last_captured_ = -1;
    for (size_t i = 0; i < capture_layers_.size(); i++) {
        capture_index_[capture_layers_[i]] = i;
        last_captured_ = std::max(last_captured_, capture_layers_[i]);
    }
}

void Hook::BeginBatch(std::vector<RowSpan> spans, int32_t rows, bool capture_only) {
    spans_ = std::move(spans);
    rows_ = rows;
    error_.clear();
    visited_.clear();
    scores_.assign(spans_.size(), {});
    captured_.assign(spans_.size(), {});
    pools_.assign(spans_.size(), {});
    capture_only_ = capture_only;
    reads_ = writes_ = false;
    for (const RowSpan & span : spans_) {
        if (!span.steer || plan_ == nullptr) continue;
        const bool second = !std::isnan(span.gate);
        reads_ |= !second;
        writes_ |= second || !plan_->two_passes;
    }
    state_ = spans_.empty() ? State::kIdle : State::kActive;
}

void Hook::BeginProbe() {
    seen_.clear();
    error_.clear();
    spans_.clear();
    state_ = State::kProbe;
}

std::string Hook::EndBatch() {
    if (state_ == State::kActive && error_.empty()) {
        // Fail closed: a layer that never came by was neither read nor steered.
        bool capture = false;
        for (const RowSpan & span : spans_) capture |= span.capture;
        if (plan_ != nullptr) {
            for (const auto & [layer, planned] : plan_->layers) {
                if (Concerns(planned) && visited_.count(layer) == 0) error_ = "layer " + std::to_string(layer) + " did not come by";
            }
        }
        if (capture) {
            for (const int32_t layer : capture_layers_) {
                if (visited_.count(layer) == 0) error_ = "layer " + std::to_string(layer) + " did not come by";
            }
        }
    }
    state_ = State::kIdle;
    return error_;
}

const PlanLayer * Hook::Planned(int32_t layer) const {
    if (plan_ == nullptr) return nullptr;
    const auto found = plan_->layers.find(layer);
    return found == plan_->layers.end() ? nullptr : &found->second;
}

bool Hook::Eval(ggml_tensor * tensor, bool ask) {
    // Decoding asks this hundreds of times a token, so the idle answer comes first.
    if (state_ == State::kIdle) return !ask;
    const int32_t layer = LayerEntered(tensor->name);
    if (layer < 0) return !ask;
    if (state_ == State::kProbe) {
        if (ask) seen_.insert(layer);
        return !ask;
    }
    const PlanLayer * planned = Planned(layer);
    const bool wanted = (planned != nullptr && Concerns(*planned)) || capture_index_.count(layer) != 0;
    if (ask) return wanted;
    if (wanted && error_.empty()) Visit(tensor, layer);
    return !IsLastWanted(layer);  // false ends the graph here
}

void Hook::Visit(ggml_tensor * tensor, int32_t layer) {
    if (tensor->type != GGML_TYPE_F32 || tensor->nb[0] != sizeof(float)) {
        error_ = "layer " + std::to_string(layer) + " is not 32-bit floats";
        return;
    }
    if (tensor->ne[1] != rows_ || tensor->ne[2] != 1 || tensor->ne[3] != 1) {
        error_ = "layer " + std::to_string(layer) + " holds " + std::to_string(tensor->ne[1]) + " rows instead of " + std::to_string(rows_);
        return;
    }
    visited_.insert(layer);
    const size_t d = static_cast<size_t>(tensor->ne[0]);
    const PlanLayer * planned = Planned(layer);
    if (planned != nullptr) {
        if (plan_->embedding != static_cast<int32_t>(d)) {
            error_ = "the profile's width is " + std::to_string(plan_->embedding) + ", the model's " + std::to_string(d);
            return;
        }
    }
    const auto captured = capture_index_.find(layer);

    // Spans of one token each lie side by side, so what is needed is fetched at once: from a device every fetch waits.
    int32_t from = rows_;
    int32_t to = 0;
    const auto needed = [&](const RowSpan & span) {
        return (planned != nullptr && Steers(span, *planned)) || (span.capture && captured != capture_index_.end());
    };
    for (const RowSpan & span : spans_) {
        if (!needed(span)) continue;
        from = std::min(from, span.end - 1);
        to = std::max(to, span.end);
    }
    if (from >= to) return;
    const float * fetched = residual_.ReadRows(tensor, from, to, rows_buffer_);
    for (size_t s = 0; s < spans_.size(); s++) {
        const RowSpan & span = spans_[s];
        if (!needed(span)) continue;
        const float * last = fetched + static_cast<size_t>(span.end - 1 - from) * d;
        if (span.capture && captured != capture_index_.end()) {
            // Captured before steering adds to it: calibration sees what the layer received.
            captured_[s].resize(capture_layers_.size() * d);
            std::memcpy(captured_[s].data() + captured->second * d, last, d * sizeof(float));
        }
        if (planned != nullptr && Steers(span, *planned)) Steer(tensor, *planned, s, last);
    }
}

double Hook::Reading(const Pool & pool, int32_t probe) {
    return pool.count[probe] == 0 ? -std::numeric_limits<double>::infinity() : pool.sum[probe] / pool.count[probe];
}

// One probe alone can open the gate. NaN wins, so that a broken score shows instead of passing for harmless.
double Hook::WidestReading(const Pool & pool) {
    double widest = -std::numeric_limits<double>::infinity();
    for (int32_t probe = 0; probe < kProbes; probe++) {
        const double own = Reading(pool, probe);
        if (std::isnan(own)) return own;
        widest = std::max(widest, own);
    }
    return widest;
}

double Hook::Score(const PlanLayer & layer, const RowSpan & span, const float * row) {
    double score = Dot(row, layer.w);
    if (layer.means.empty()) return score;
    std::vector<FadingSum> & running = running_[{span.sequence, layer.layer}];
    if (span.first) running.clear();
    running.resize(layer.means.size());
    for (size_t k = 0; k < running.size(); k++) {
        const RunningMean & mean = layer.means[k];
        // v times a mean of rows is the mean of v times each row: a number is kept instead of a row.
        running[k].sum = mean.keep * running[k].sum + Dot(row, mean.v);
        running[k].weight = mean.keep * running[k].weight + 1.0;
        score += running[k].sum / running[k].weight;
    }
    return score;
}

void Hook::Confirm(const PlanLayer & layer, size_t s, const float * row) {
    FadingSum & mean = request_means_[{spans_[s].sequence, layer.layer}];
    if (spans_[s].first) mean = {};
    mean.sum += Dot(row, layer.confirming.v);
    mean.weight += 1.0;
    if (!spans_[s].last) return;
    pools_[s].confirming += Dot(row, layer.confirming.w) + mean.sum / mean.weight;
    pools_[s].confirming_layers++;
    scores_[s].confirmation = pools_[s].confirming / pools_[s].confirming_layers;
    if (!std::isfinite(scores_[s].confirmation)) error_ = "layer " + std::to_string(layer.layer) + " confirmed with a value that is not finite";
}

void Hook::Steer(ggml_tensor * tensor, const PlanLayer & layer, size_t s, const float * last) {
    const bool second_pass = !std::isnan(spans_[s].gate);
    double score = std::numeric_limits<double>::quiet_NaN();
    double u = 0.0;
    if (!layer.w.empty() && !second_pass) {
        score = Score(layer, spans_[s], last);
        u = (score - layer.tau) / layer.scale;
        pools_[s].sum[layer.probe] += u;
        pools_[s].count[layer.probe]++;
    }
    if (!layer.confirming.w.empty() && !second_pass) Confirm(layer, s, last);
    const double reading = plan_->pool_mean ? WidestReading(pools_[s]) : u;
    // −∞: nothing was read yet.
    const float gate = second_pass ? spans_[s].gate : std::isinf(reading) && reading < 0.0 ? 0.0f : plan_->Gate(reading);
    const bool writes = !layer.r.empty() && (second_pass || !plan_->two_passes);
    const float amount = writes ? plan_->strength * layer.lambda * gate : 0.0f;

    SpanScores & scores = scores_[s];
    if (!layer.w.empty() && !second_pass) scores.readings[layer.probe] = plan_->pool_mean ? Reading(pools_[s], layer.probe) : u;
    if (layer.w.empty() && layer.r.empty()) return;
    scores.layers.push_back(layer.layer);
    scores.scores.push_back(static_cast<float>(score));
    scores.gates.push_back(gate);
    const bool scored = !layer.w.empty() && !second_pass;
    if (!std::isfinite(gate) || !std::isfinite(amount) || (scored && !std::isfinite(score))) {
        error_ = "layer " + std::to_string(layer.layer) + " scored a value that is not finite";
        return;
    }
    if (amount == 0.0f) return;  // not one bit changes
    scores.steered = true;
    vector_.resize(layer.r.size());
    for (size_t i = 0; i < layer.r.size(); i++) vector_[i] = amount * layer.r[i];
    if (!residual_.AddToRows(tensor, spans_[s].begin, spans_[s].end, vector_)) {
        error_ = "layer " + std::to_string(layer.layer) + " could not be written";
    }
}

}  // namespace steady

// The steering plan as the hook uses it: steering/runtime/plan.ts says what each field means.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace steady {

// Probes a plan can have; each pools its own layers.
constexpr int32_t kProbes = 8;

// A running mean of earlier tokens: the product of v with the running mean of their rows.
struct RunningMean {
    double keep = 0.0;  // what a token's weight shrinks to with each token after it, 0 … 1
    std::vector<float> v;
};

// What a layer says to the second stage of a cascade about a whole request: h_last·w + mean·v.
struct ConfirmingLayer {
    std::vector<float> w;  // empty: this layer is not asked
    std::vector<float> v;
};

struct PlanLayer {
    int32_t layer = 0;
    std::vector<float> w;  // empty: this layer does not read
    std::vector<RunningMean> means;
    float tau = 0.0f;
    float scale = 1.0f;
    int32_t probe = 0;  // 0 … kProbes − 1
    ConfirmingLayer confirming;
    std::vector<float> r;  // empty: this layer does not write
    float lambda = 0.0f;
};

struct Plan {
    bool pool_mean = false;
    bool clip = true;
    float band_width = 0.0f;  // of the partial gate; 0: the gate falls shut at its threshold
    float band_gate = 0.0f;
    bool two_passes = false;  // read first; write when the prompt is evaluated again with a given gate
    float strength = 1.0f;
    int32_t embedding = 0;  // d
    std::map<int32_t, PlanLayer> layers;

    // G(u) of steering/runtime/plan.ts.
    float Gate(double u) const {
        if (!clip) return static_cast<float>(u);
        const auto open = static_cast<float>(u < 0.0 ? 0.0 : (u > 1.0 ? 1.0 : u));
        return band_width > 0.0f && u > -band_width && open < band_gate ? band_gate : open;
    }
};

}  // namespace steady

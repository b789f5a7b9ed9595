// How a long computation reports progress and learns that nobody wants it any more.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>

namespace steady::linalg {

enum class Stage : int32_t { kGram = 0, kReduce = 1, kIterate = 2, kVectors = 3, kRidge = 4 };

struct Cancelled : std::runtime_error {
    Cancelled() : std::runtime_error("cancelled") {}
};

// The input is at fault; the message is a sentence for a person.
struct BadInput : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The numbers did not work out, and the input's form is not to blame.
struct Failed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Control {
    std::function<bool()> cancelled = [] { return false; };
    std::function<void(Stage, double)> progress = [](Stage, double) {};

    // Called often: between steps that take milliseconds.
    void Step(Stage stage, double done) const {
        if (cancelled()) throw Cancelled();
        progress(stage, done);
    }
};

}  // namespace steady::linalg

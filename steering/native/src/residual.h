// Reading and adding to rows of one layer's residual stream, wherever its memory is.
#pragma once

#include <cstdint>
#include <vector>

#include "ggml_api.h"

namespace steady {

// How rows are reached. `kAuto` takes the tensor's own memory when it is host memory, otherwise adds on its device;
// the others force one way, so that tests can hold them against each other.
enum class AccessMode : int32_t { kAuto = 0, kTransfer = 1, kDevice = 2 };

class Residual {
public:
    explicit Residual(const GgmlApi & api) : api_(api) {}
    ~Residual();
    Residual(const Residual &) = delete;
    Residual & operator=(const Residual &) = delete;

    void SetMode(AccessMode mode) { mode_ = mode; }

    // Rows [begin, end) of `tensor` [d × rows, f32], d floats each: its own memory where that is at hand, else a copy in
    // `buffer`. Valid until the tensor or the buffer changes.
    const float * ReadRows(const ggml_tensor * tensor, int64_t begin, int64_t end, std::vector<float> & buffer) const;

    // Adds `vector` (d floats) to rows [begin, end). Returns false when the device could not do it.
    bool AddToRows(ggml_tensor * tensor, int64_t begin, int64_t end, const std::vector<float> & vector);

    // Adds made through host memory, by transfer and on the device, in this order; for tests and diagnostics.
    struct Counters {
        int64_t host = 0;
        int64_t transfer = 0;
        int64_t device = 0;
    };
    const Counters & counters() const { return counters_; }

private:
    bool IsHost(const ggml_tensor * tensor) const;
    bool AddOnDevice(ggml_tensor * tensor, int64_t begin, int64_t end, const std::vector<float> & vector);
    bool AddByTransfer(ggml_tensor * tensor, int64_t begin, int64_t end, const std::vector<float> & vector);

    // A stream of our own on the tensor's device, and one d-float buffer there.
    struct Device {
        ggml_backend_dev_t id = nullptr;
        ggml_backend_t backend = nullptr;
        ggml_context * vector_context = nullptr;
        ggml_backend_buffer_t vector_buffer = nullptr;
        ggml_tensor * vector = nullptr;
    };
    Device * DeviceOf(const ggml_tensor * tensor);

    const GgmlApi & api_;
    AccessMode mode_ = AccessMode::kAuto;
    std::vector<Device> devices_;
    std::vector<float> scratch_;
    std::vector<uint8_t> graph_memory_;
    Counters counters_;
};

}  // namespace steady

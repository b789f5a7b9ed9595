#include "residual.h"

#include <cstring>

namespace steady {

Residual::~Residual() {
    for (Device & device : devices_) {
        api_.ggml_backend_buffer_free(device.vector_buffer);
        api_.ggml_free(device.vector_context);
        api_.ggml_backend_free(device.backend);
    }
}

bool Residual::IsHost(const ggml_tensor * tensor) const {
    const ggml_backend_buffer_t buffer = tensor->view_src != nullptr ? tensor->view_src->buffer : tensor->buffer;
    return buffer != nullptr && api_.ggml_backend_buffer_is_host(buffer);
}

const float * Residual::ReadRows(const ggml_tensor * tensor, int64_t begin, int64_t end, std::vector<float> & buffer) const {
    const size_t row = static_cast<size_t>(tensor->ne[0]) * sizeof(float);
    const size_t offset = static_cast<size_t>(begin) * tensor->nb[1];
    const bool dense = tensor->nb[1] == row;
    if (dense && mode_ == AccessMode::kAuto && IsHost(tensor)) {
        return reinterpret_cast<const float *>(static_cast<const char *>(tensor->data) + offset);
    }
    const size_t count = static_cast<size_t>(end - begin);
    buffer.resize(count * static_cast<size_t>(tensor->ne[0]));
    if (dense) {
        api_.ggml_backend_tensor_get(tensor, buffer.data(), offset, count * row);
    } else {
        for (size_t i = 0; i < count; i++) {
            api_.ggml_backend_tensor_get(tensor, buffer.data() + i * static_cast<size_t>(tensor->ne[0]), offset + i * tensor->nb[1], row);
        }
    }
    return buffer.data();
}

bool Residual::AddToRows(ggml_tensor * tensor, int64_t begin, int64_t end, const std::vector<float> & vector) {
    if (mode_ == AccessMode::kTransfer) return AddByTransfer(tensor, begin, end, vector);
    if (mode_ == AccessMode::kDevice || !IsHost(tensor)) {
        // A backend that cannot take the small graph still gets its vector, only more slowly.
        return AddOnDevice(tensor, begin, end, vector) || AddByTransfer(tensor, begin, end, vector);
    }
    for (int64_t row = begin; row < end; row++) {
        float * h = reinterpret_cast<float *>(static_cast<char *>(tensor->data) + static_cast<size_t>(row) * tensor->nb[1]);
        for (size_t i = 0; i < vector.size(); i++) h[i] += vector[i];
    }
    counters_.host++;
    return true;
}

bool Residual::AddByTransfer(ggml_tensor * tensor, int64_t begin, int64_t end, const std::vector<float> & vector) {
    scratch_.resize(vector.size());
    const size_t bytes = vector.size() * sizeof(float);
    for (int64_t row = begin; row < end; row++) {
        const size_t offset = static_cast<size_t>(row) * tensor->nb[1];
        api_.ggml_backend_tensor_get(tensor, scratch_.data(), offset, bytes);
        for (size_t i = 0; i < vector.size(); i++) scratch_[i] += vector[i];
        api_.ggml_backend_tensor_set(tensor, scratch_.data(), offset, bytes);
    }
    counters_.transfer++;
    return true;
}

Residual::Device * Residual::DeviceOf(const ggml_tensor * tensor) {
    const ggml_backend_buffer_t buffer = tensor->view_src != nullptr ? tensor->view_src->buffer : tensor->buffer;
    if (buffer == nullptr) return nullptr;
    ggml_backend_dev_t id = api_.ggml_backend_buft_get_device(api_.ggml_backend_buffer_get_type(buffer));
    // ggml's plain CPU buffers name no device; the CPU is one all the same.
    if (id == nullptr && IsHost(tensor)) id = api_.ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
    if (id == nullptr) return nullptr;
    for (Device & device : devices_) {
        if (device.id == id && device.vector->ne[0] == tensor->ne[0]) return &device;
    }
    Device device;
    device.id = id;
    device.backend = api_.ggml_backend_dev_init(id, nullptr);
    if (device.backend == nullptr) return nullptr;
    device.vector_context = api_.ggml_init({2 * api_.ggml_tensor_overhead(), nullptr, true});
    device.vector = api_.ggml_new_tensor_1d(device.vector_context, GGML_TYPE_F32, tensor->ne[0]);
    device.vector_buffer = api_.ggml_backend_alloc_ctx_tensors(device.vector_context, device.backend);
    if (device.vector_buffer == nullptr) {
        api_.ggml_free(device.vector_context);
        api_.ggml_backend_free(device.backend);
        return nullptr;
    }
    devices_.push_back(device);
    return &devices_.back();
}

bool Residual::AddOnDevice(ggml_tensor * tensor, int64_t begin, int64_t end, const std::vector<float> & vector) {
    Device * device = DeviceOf(tensor);
    if (device == nullptr) return false;
    api_.ggml_backend_tensor_set(device->vector, vector.data(), 0, vector.size() * sizeof(float));

    // rows += vector, as a graph of one node in place on the tensor's own memory. Only d floats travel.
    graph_memory_.resize(api_.ggml_graph_overhead() + 4 * api_.ggml_tensor_overhead());
    ggml_context * context = api_.ggml_init({graph_memory_.size(), graph_memory_.data(), true});
    ggml_tensor * rows = api_.ggml_view_2d(context, tensor, tensor->ne[0], end - begin, tensor->nb[1],
                                           static_cast<size_t>(begin) * tensor->nb[1]);
    ggml_tensor * sum = api_.ggml_add_inplace(context, rows, device->vector);
    // The residual tensor has a history (its op and sources); the graph must hold our one node and not recompute it.
    bool done = api_.ggml_backend_view_init(rows) == GGML_STATUS_SUCCESS && api_.ggml_backend_view_init(sum) == GGML_STATUS_SUCCESS;
    if (done) {
        rows->op = GGML_OP_NONE;
        rows->src[0] = nullptr;
        ggml_cgraph * graph = api_.ggml_new_graph(context);
        api_.ggml_build_forward_expand(graph, sum);
        done = api_.ggml_backend_graph_compute(device->backend, graph) == GGML_STATUS_SUCCESS;
    }
    api_.ggml_free(context);
    if (done) counters_.device++;
    return done;
}

}  // namespace steady

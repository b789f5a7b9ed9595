// What another thread may do to a batch that is being computed: end it.
#pragma once

#include <atomic>

namespace steady {

class Interrupt {
public:
    // While it is raised every batch fails at its next operation, on backends that ask (the CPU's does).
    void Raise(bool raised) { raised_.store(raised, std::memory_order_relaxed); }

    // llama.cpp's abort callback.
    static bool Thunk(void * self) { return static_cast<const Interrupt *>(self)->raised_.load(std::memory_order_relaxed); }

private:
    std::atomic<bool> raised_{false};
};

}  // namespace steady

#include "ggml_api.h"

#include <cstring>
#include <mutex>

#if defined(_WIN32)
#include <windows.h>

#include <psapi.h>

#include <vector>
#elif defined(__APPLE__)
#include <dlfcn.h>
#include <mach-o/dyld.h>
#else
#include <dlfcn.h>
#include <link.h>
#endif

namespace steady {
namespace {

#if defined(_WIN32)

// Files there have no "lib" before their name, and a version behind it: ggml.v0.5.0.dll.
void * OpenLoaded(const char * name) {
    const std::string prefix = std::string(name).substr(3);
    std::vector<HMODULE> modules(256);
    DWORD bytes = 0;
    while (K32EnumProcessModules(GetCurrentProcess(), modules.data(), static_cast<DWORD>(modules.size() * sizeof(HMODULE)), &bytes)) {
        const size_t count = bytes / sizeof(HMODULE);
        if (count > modules.size()) {
            modules.resize(count);
            continue;
        }
        for (size_t i = 0; i < count; i++) {
            char base[MAX_PATH] = {};
            K32GetModuleBaseNameA(GetCurrentProcess(), modules[i], base, sizeof(base));
            if (_strnicmp(base, prefix.c_str(), prefix.size()) == 0) return reinterpret_cast<void *>(modules[i]);
        }
        return nullptr;
    }
    return nullptr;
}
void * Symbol(void * library, const char * name) {
    return reinterpret_cast<void *>(GetProcAddress(static_cast<HMODULE>(library), name));
}

#else

bool IsNamed(const char * path, const char * name) {
    const char * slash = std::strrchr(path, '/');
    return std::strncmp(slash == nullptr ? path : slash + 1, name, std::strlen(name)) == 0;
}

#if defined(__APPLE__)
std::string LoadedPath(const char * name) {
    for (uint32_t i = 0; i < _dyld_image_count(); i++) {
        const char * path = _dyld_get_image_name(i);
        if (path != nullptr && IsNamed(path, name)) return path;
    }
    return {};
}
#else
std::string LoadedPath(const char * name) {
    struct Search {
        const char * name;
        std::string found;
    } search{name, {}};
    dl_iterate_phdr(
        [](dl_phdr_info * info, size_t, void * data) {
            auto * search = static_cast<Search *>(data);
            if (info->dlpi_name == nullptr || !IsNamed(info->dlpi_name, search->name)) return 0;
            search->found = info->dlpi_name;
            return 1;
        },
        &search);
    return search.found;
}
#endif

void * OpenLoaded(const char * name) {
    const std::string path = LoadedPath(name);
    // NOLOAD: only ever the library that is already there.
    return path.empty() ? nullptr : dlopen(path.c_str(), RTLD_LAZY | RTLD_NOLOAD);
}
void * Symbol(void * library, const char * name) { return dlsym(library, name); }

#endif

}  // namespace

void * LoadedSymbol(const char * library, const char * name) {
    void * loaded = OpenLoaded(library);
    return loaded == nullptr ? nullptr : Symbol(loaded, name);
}

const GgmlApi * ResolveGgml(std::string & error) {
    static std::mutex mutex;
    static GgmlApi api;
    static bool resolved = false;

    const std::lock_guard<std::mutex> lock(mutex);
    if (resolved) return &api;
    void * base = OpenLoaded("libggml-base.");
    void * registry = OpenLoaded("libggml.");
    if (base == nullptr || registry == nullptr) {
        error = "llama.cpp's ggml library is not loaded";
        return nullptr;
    }
    const auto resolve = [&error](void * library, const char * name) {
        void * symbol = Symbol(library, name);
        if (symbol == nullptr) error = std::string("llama.cpp's ggml library has no function ") + name;
        return symbol;
    };
#define X(name) \
    if ((api.name = reinterpret_cast<decltype(api.name)>(resolve(base, #name))) == nullptr) return nullptr;
    STEADY_GGML_FUNCTIONS(X)
#undef X
#define X(name) \
    if ((api.name = reinterpret_cast<decltype(api.name)>(resolve(registry, #name))) == nullptr) return nullptr;
    STEADY_GGML_REGISTRY_FUNCTIONS(X)
#undef X
    resolved = true;
    return &api;
}

}  // namespace steady

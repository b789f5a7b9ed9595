/** Sources that only some systems need, made while the addon is built. */
import { createRequire } from 'node:module';

/** The package has no types of its own. */
interface NodeApiHeaders {
  symbols: Readonly<Record<`v${number}`, { js_native_api_symbols: string[]; node_api_symbols: string[] }>>;
}

/** The version of Node-API that the addon is written against. */
export const NODE_API_VERSION = 8;

/**
 * For Windows. A library there names the file that each of its imports comes from, and Node-API comes from the executable
 * that loads the addon: node.exe, or Electron's under the app's own name. So the addon imports nothing of it. It finds the
 * functions in whatever executable has loaded it, and without them it does not load.
 * @returns C source that defines the import pointer (`__imp_NAME`) of every Node-API function and fills all of them at load
 */
export function nodeApiImports(): string {
  const { symbols } = createRequire(import.meta.url)('node-api-headers') as NodeApiHeaders;
  const { js_native_api_symbols, node_api_symbols } = symbols[`v${NODE_API_VERSION}`]!;
  const names = [...js_native_api_symbols, ...node_api_symbols];
  return `#include <windows.h>

${names.map((name) => `void *__imp_${name};`).join('\n')}

static const struct { const char *name; void **import; } kImports[] = {
${names.map((name) => `  {"${name}", &__imp_${name}},`).join('\n')}
};

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved) {
  (void)instance;
  (void)reserved;
  if (reason != DLL_PROCESS_ATTACH) return TRUE;
  // Node may be a library of its own beside a small executable.
  HMODULE host = GetModuleHandleA("libnode.dll");
  if (host == NULL) host = GetModuleHandleA(NULL);
  for (size_t i = 0; i < sizeof(kImports) / sizeof(kImports[0]); i++) {
    *kImports[i].import = (void *)GetProcAddress(host, kImports[i].name);
    if (*kImports[i].import == NULL) return FALSE;
  }
  return TRUE;
}
`;
}

/**
 * For macOS, where Zig links libc++ into the addon. Its operators are weak and visible, so the system's loader would put
 * those of one library in the place of another's. These are the addon's own, and hidden.
 */
export function hiddenAllocation(): string {
  return `#include <cstdlib>
#include <new>

#define HIDDEN __attribute__((visibility("hidden")))

static void *Take(std::size_t bytes) noexcept { return std::malloc(bytes == 0 ? 1 : bytes); }
static void *Take(std::size_t bytes, std::align_val_t align) noexcept {
  void *memory = nullptr;
  const std::size_t at = static_cast<std::size_t>(align) < sizeof(void *) ? sizeof(void *) : static_cast<std::size_t>(align);
  return posix_memalign(&memory, at, bytes == 0 ? 1 : bytes) == 0 ? memory : nullptr;
}
template <typename... Align>
static void *TakeOrThrow(std::size_t bytes, Align... align) {
  void *memory = Take(bytes, align...);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

${['', '[]']
  .map(
    (kind) => `HIDDEN void *operator new${kind}(std::size_t bytes) { return TakeOrThrow(bytes); }
HIDDEN void *operator new${kind}(std::size_t bytes, std::align_val_t align) { return TakeOrThrow(bytes, align); }
HIDDEN void *operator new${kind}(std::size_t bytes, const std::nothrow_t &) noexcept { return Take(bytes); }
HIDDEN void *operator new${kind}(std::size_t bytes, std::align_val_t align, const std::nothrow_t &) noexcept { return Take(bytes, align); }
HIDDEN void operator delete${kind}(void *memory) noexcept { std::free(memory); }
HIDDEN void operator delete${kind}(void *memory, std::size_t) noexcept { std::free(memory); }
HIDDEN void operator delete${kind}(void *memory, std::align_val_t) noexcept { std::free(memory); }
HIDDEN void operator delete${kind}(void *memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
HIDDEN void operator delete${kind}(void *memory, const std::nothrow_t &) noexcept { std::free(memory); }
HIDDEN void operator delete${kind}(void *memory, std::align_val_t, const std::nothrow_t &) noexcept { std::free(memory); }`,
  )
  .join('\n')}
`;
}

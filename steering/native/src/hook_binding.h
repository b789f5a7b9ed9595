// The hook as JavaScript sees it; steering/native/binding.ts has the types.
#pragma once

#include <napi.h>

namespace steady {

void InitHook(Napi::Env env, Napi::Object exports);

}  // namespace steady

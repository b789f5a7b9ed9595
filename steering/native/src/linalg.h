// The linear algebra of calibration for JavaScript; steering/native/linalg.ts has the types.
#pragma once

#include <napi.h>

void InitLinalg(Napi::Env env, Napi::Object exports);

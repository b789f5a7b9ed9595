#pragma once
#include <napi.h>
void InitLinalg(Napi::Env env, Napi::Object exports);

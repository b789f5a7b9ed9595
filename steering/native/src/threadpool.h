// llama.cpp's worker threads, kept alive between evaluations.
#pragma once

#include <napi.h>

void InitThreadpool(Napi::Env env, Napi::Object exports);

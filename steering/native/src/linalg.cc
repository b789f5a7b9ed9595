#include "linalg.h"
void InitLinalg(Napi::Env, Napi::Object) {}

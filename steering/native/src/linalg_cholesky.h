// Cholesky's factorisation with progress and cancellation.
#pragma once

#include "linalg_eigen.h"

namespace steady::linalg {

// The factor of `a` (only the lower triangle is read) in its lower triangle, in place. Throws Failed where `a` is not
// positive definite.
void Cholesky(Matrix & a, Stage stage, const Control & control);

// Solves a·x = b with the factor that Cholesky left; b comes in `x`.
void CholeskySolve(const Matrix & factor, Vector & x);

}  // namespace steady::linalg

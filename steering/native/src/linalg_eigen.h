// Eigenvalues and leading eigenvectors of a dense symmetric matrix, with progress and cancellation.
//
// Eigen's own SelfAdjointEigenSolver can neither be interrupted nor watched, and its unblocked loops are bound by memory:
// a minute at n = 4,096. The same textbook method is used here (Householder reduction to tridiagonal form, implicit QR
// with Wilkinson's shift, back-transformation; Golub & Van Loan, Matrix Computations, ch. 8), laid out for the caches:
// the reduction is blocked, the rotations are gathered and applied to sixteen rows of the vectors at a time, and only the
// vectors asked for are transformed back.
#pragma once

#include <Eigen/Core>

#include "linalg_control.h"

namespace steady::linalg {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

struct SymmetricEigen {
    Vector values;   // n, descending
    Matrix vectors;  // n × count, in the order of `values`
};

// `a`: n × n, only the lower triangle is read; its storage is used as scratch. `count` ≤ n leading vectors are computed.
SymmetricEigen EigenLargest(Matrix & a, Eigen::Index count, const Control & control);

}  // namespace steady::linalg

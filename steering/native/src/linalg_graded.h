// Ridge regression with a graded null space: no direction is closed, each costs as much as benign rows use it.
#pragma once

#include "linalg_solve.h"

namespace steady::linalg {

// w = argmin mean(h·w − 1)² over harmful rows + beta·mean(h·w)² over benign rows + lambda·t·‖w‖², where t is the mean
// square of a benign row's values. `target`: Σ weight·h over the harmful rows, d values.
Eigen::VectorXf GradedRidge(const Gram & harmful, const double * target, const Gram & benign, double beta, double lambda,
                            const Control & control);

}  // namespace steady::linalg

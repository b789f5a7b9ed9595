#include "linalg_cholesky.h"

#include <Eigen/Cholesky>
#include <algorithm>

namespace steady::linalg {

void Cholesky(Matrix & a, Stage stage, const Control & control) {
    constexpr Eigen::Index kBlock = 96;
    const Eigen::Index n = a.rows();
    for (Eigen::Index j = 0; j < n; j += kBlock) {
        control.Step(stage, static_cast<double>(j) / n);
        const Eigen::Index width = std::min(kBlock, n - j);
        const Eigen::Index rest = n - j - width;
        Eigen::Ref<Matrix> corner = a.block(j, j, width, width);
        const Eigen::LLT<Eigen::Ref<Matrix>> factor(corner);
        if (factor.info() != Eigen::Success) throw Failed("The regression's matrix is not positive definite.");
        if (rest == 0) continue;
        auto panel = a.block(j + width, j, rest, width);
        corner.triangularView<Eigen::Lower>().transpose().solveInPlace<Eigen::OnTheRight>(panel);
        a.bottomRightCorner(rest, rest).selfadjointView<Eigen::Lower>().rankUpdate(panel, -1.0);
    }
}

void CholeskySolve(const Matrix & factor, Vector & x) {
    factor.triangularView<Eigen::Lower>().solveInPlace(x);
    factor.triangularView<Eigen::Lower>().transpose().solveInPlace(x);
}

}  // namespace steady::linalg

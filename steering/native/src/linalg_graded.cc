#include "linalg_graded.h"

#include "linalg_cholesky.h"

namespace steady::linalg {

Eigen::VectorXf GradedRidge(const Gram & harmful, const double * target, const Gram & benign, double beta, double lambda,
                            const Control & control) {
    if (!(harmful.weight() > 0.0) || !(benign.weight() > 0.0)) throw BadInput("The regression needs harmful and benign rows.");
    const Index d = benign.d();
    Matrix a = benign.Lower();
    const double scale = a.trace() / benign.weight() / static_cast<double>(d);
    a *= beta / benign.weight();
    a += harmful.Lower() / harmful.weight();
    a.diagonal().array() += lambda * scale;
    Vector w = Eigen::Map<const Vector>(target, d) / harmful.weight();
    if (!w.allFinite()) throw BadInput("A harmful row holds a value that is not finite.");
    Cholesky(a, Stage::kRidge, control);
    CholeskySolve(a, w);
    if (!w.allFinite()) throw Failed("The regression has no finite solution.");
    return w.cast<float>();
}

}  // namespace steady::linalg

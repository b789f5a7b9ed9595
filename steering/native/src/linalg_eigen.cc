#include "linalg_eigen.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace steady::linalg {
namespace {

using Index = Eigen::Index;

constexpr Index kPanel = 32;           // Householder vectors a block
constexpr Index kRows = 16;            // rows of the vectors that take a run of rotations together
constexpr size_t kRotations = 1 << 19;  // rotations gathered before they are applied (8 MB)

// Householder vector of x: on return x holds v (v[0] = 1), and (I − tau·v·vᵀ)·x_before = (beta, 0, …).
double Householder(Eigen::Ref<Vector> x, double & beta) {
    const double tail = x.tail(x.size() - 1).norm();
    const double head = x[0];
    if (tail == 0.0) {
        beta = head;
        x[0] = 1.0;
        return 0.0;
    }
    beta = head >= 0.0 ? -std::hypot(head, tail) : std::hypot(head, tail);
    x.tail(x.size() - 1) /= head - beta;
    x[0] = 1.0;
    return (beta - head) / beta;
}

// A = Q·T·Qᵀ. The Householder vector of column j is left in A below the diagonal of column j.
void Tridiagonalise(Matrix & a, Vector & diagonal, Vector & below, Vector & tau, const Control & control) {
    const Index n = a.rows();
    diagonal.resize(n);
    below = Vector::Zero(std::max<Index>(n - 1, 0));
    tau = Vector::Zero(std::max<Index>(n - 1, 0));
    Matrix w(n, kPanel);
    Matrix left, right;
    const double total = std::pow(static_cast<double>(n), 3);
    for (Index begin = 0; begin < n - 1; begin += kPanel) {
        const Index width = std::min(kPanel, n - 1 - begin);
        for (Index i = 0; i < width; i++) {
            const Index j = begin + i;
            const Index m = n - j - 1;  // rows below the diagonal
            auto v_panel = a.block(j, begin, n - j, i);
            auto w_panel = w.block(j, 0, n - j, i);
            // What the panel's earlier vectors do to this column.
            if (i > 0) {
                a.col(j).tail(n - j).noalias() -= v_panel * w_panel.row(0).transpose();
                a.col(j).tail(n - j).noalias() -= w_panel * v_panel.row(0).transpose();
            }
            diagonal[j] = a(j, j);
            auto v = a.col(j).tail(m);
            tau[j] = Householder(v, below[j]);
            auto wj = w.col(i).tail(m);
            wj.noalias() = a.bottomRightCorner(m, m).selfadjointView<Eigen::Lower>() * v;
            if (i > 0) {
                const auto vs = a.block(j + 1, begin, m, i);
                const auto ws = w.block(j + 1, 0, m, i);
                const Vector wv = ws.transpose() * v;
                const Vector vv = vs.transpose() * v;
                wj.noalias() -= vs * wv;
                wj.noalias() -= ws * vv;
            }
            wj *= tau[j];
            wj -= (0.5 * tau[j] * wj.dot(v)) * v;
            // A column costs up to n² operations: milliseconds at most.
            control.Step(Stage::kReduce, 1.0 - std::pow(static_cast<double>(m), 3) / total);
        }
        const Index next = begin + width;
        const Index rest = n - next;
        if (rest == 0) break;
        left.resize(rest, 2 * width);
        right.resize(rest, 2 * width);
        left << a.block(next, begin, rest, width), w.block(next, 0, rest, width);
        right << w.block(next, 0, rest, width), a.block(next, begin, rest, width);
        a.bottomRightCorner(rest, rest).triangularView<Eigen::Lower>() -= left * right.transpose();
    }
    if (n > 0) diagonal[n - 1] = a(n - 1, n - 1);
}

// A run of plane rotations on columns (first, first + 1), (first + 1, first + 2), …
struct Run {
    Index first;
    size_t begin, end;  // in the list of rotations
};

struct Rotation {
    double c, s;
};

// The vectors of the tridiagonal matrix, as panels of kRows rows: within a panel, column after column.
class Rotated {
   public:
    explicit Rotated(Index n) : n_(n), panels_((n + kRows - 1) / kRows), data_(Eigen::VectorXd::Zero(panels_ * kRows * n)) {
        for (Index i = 0; i < n; i++) At(i / kRows, i)[i % kRows] = 1.0;
    }

    double * At(Index panel, Index column) { return data_.data() + (panel * n_ + column) * kRows; }

    // Applies runs in order. A panel stays in the cache while every run passes over it.
    void Apply(const std::vector<Run> & runs, const std::vector<Rotation> & rotations, const Control & control, double done) {
        for (Index panel = 0; panel < panels_; panel++) {
            if (panel % 8 == 0) control.Step(Stage::kIterate, done);
            for (const Run & run : runs) {
                // Reflectors and rotations so far leave zeros, but testing for them costs more than it saves.
                double * column = At(panel, run.first);
                double carry[kRows];
                std::copy(column, column + kRows, carry);
                for (size_t i = run.begin; i < run.end; i++, column += kRows) {
                    const double c = rotations[i].c;
                    const double s = rotations[i].s;
                    for (Index r = 0; r < kRows; r++) {
                        const double here = carry[r];
                        const double next = column[kRows + r];
                        column[r] = c * here + s * next;
                        carry[r] = c * next - s * here;
                    }
                }
                std::copy(carry, carry + kRows, column);
            }
        }
    }

    // Columns `order` as a dense matrix.
    Matrix Gather(const std::vector<Index> & order, Index count) {
        Matrix result(n_, count);
        for (Index j = 0; j < count; j++) {
            for (Index panel = 0; panel < panels_; panel++) {
                const Index rows = std::min(kRows, n_ - panel * kRows);
                std::copy_n(At(panel, order[static_cast<size_t>(j)]), rows, result.data() + j * n_ + panel * kRows);
            }
        }
        return result;
    }

   private:
    Index n_;
    Index panels_;
    Eigen::VectorXd data_;
};

// Implicit QR on the tridiagonal matrix; `diagonal` becomes the eigenvalues, unsorted.
void Iterate(Vector & diagonal, Vector & below, Rotated & vectors, const Control & control) {
    const Index n = diagonal.size();
    const double eps = std::numeric_limits<double>::epsilon();
    const double scale = std::max(diagonal.cwiseAbs().maxCoeff(), n > 1 ? below.cwiseAbs().maxCoeff() : 0.0);
    // The reduction has already lost this much; to iterate further on what lies beneath buys nothing.
    const double floor = std::max(1e-2 * eps * scale, std::numeric_limits<double>::min());
    std::vector<Run> runs;
    std::vector<Rotation> rotations;
    rotations.reserve(kRotations + static_cast<size_t>(n));

    const auto negligible = [&](Index i) {
        return std::abs(below[i]) <= floor || std::abs(below[i]) <= eps * (std::abs(diagonal[i]) + std::abs(diagonal[i + 1]));
    };
    Index end = n - 1;
    int64_t sweeps = 0;
    while (end > 0) {
        if (negligible(end - 1)) {
            below[end - 1] = 0.0;
            end--;
            continue;
        }
        Index start = end - 1;
        while (start > 0 && !negligible(start - 1)) start--;
        if (start > 0) below[start - 1] = 0.0;
        if (++sweeps > 40 * static_cast<int64_t>(n)) throw Failed("The eigenvalues did not converge.");

        // Wilkinson's shift: the eigenvalue of the last 2 × 2 block that is nearer its last entry.
        const double half = 0.5 * (diagonal[end - 1] - diagonal[end]);
        const double e = below[end - 1];
        const double shift = diagonal[end] - e / (half / e + std::copysign(std::hypot(half / e, 1.0), half / e));
        double x = diagonal[start] - shift;
        double z = below[start];
        const Run run{start, rotations.size(), rotations.size() + static_cast<size_t>(end - start)};
        for (Index k = start; k < end; k++) {
            const double r = std::hypot(x, z);
            const double c = r == 0.0 ? 1.0 : x / r;
            const double s = r == 0.0 ? 0.0 : z / r;
            if (k > start) below[k - 1] = r;
            const double a = diagonal[k], b = below[k], d = diagonal[k + 1];
            diagonal[k] = c * c * a + 2.0 * c * s * b + s * s * d;
            diagonal[k + 1] = s * s * a - 2.0 * c * s * b + c * c * d;
            below[k] = c * s * (d - a) + (c * c - s * s) * b;
            x = below[k];
            if (k + 1 < end) {
                z = s * below[k + 1];
                below[k + 1] *= c;
            }
            rotations.push_back({c, s});
        }
        runs.push_back(run);
        if (rotations.size() >= kRotations) {
            vectors.Apply(runs, rotations, control, 1.0 - static_cast<double>(end) * end / (static_cast<double>(n) * n));
            runs.clear();
            rotations.clear();
        }
    }
    vectors.Apply(runs, rotations, control, 1.0);
}

// vectors ← Q·vectors, a block of reflectors at a time, from the last to the first.
void BackTransform(const Matrix & a, const Vector & tau, Matrix & vectors, const Control & control) {
    const Index n = a.rows();
    const Index reflectors = n - 1;
    Matrix y, t, inner;
    for (Index begin = (std::max<Index>(reflectors - 1, 0) / kPanel) * kPanel; begin >= 0; begin -= kPanel) {
        control.Step(Stage::kVectors, 1.0 - static_cast<double>(begin) / std::max<Index>(reflectors, 1));
        const Index width = std::min(kPanel, reflectors - begin);
        if (width <= 0) continue;
        const Index rows = n - begin - 1;
        y = a.block(begin + 1, begin, rows, width);
        for (Index i = 1; i < width; i++) y.col(i).head(i).setZero();
        // I − Y·T·Yᵀ is the product of the block's reflectors.
        t = Matrix::Zero(width, width);
        for (Index i = 0; i < width; i++) {
            const double factor = tau[begin + i];
            t(i, i) = factor;
            if (i == 0) continue;
            const Vector overlap = -factor * (y.leftCols(i).transpose() * y.col(i));
            t.col(i).head(i) = t.topLeftCorner(i, i).triangularView<Eigen::Upper>() * overlap;
        }
        constexpr Index kColumns = 512;
        for (Index from = 0; from < vectors.cols(); from += kColumns) {
            const Index columns = std::min(kColumns, vectors.cols() - from);
            if (control.cancelled()) throw Cancelled();
            auto part = vectors.block(begin + 1, from, rows, columns);
            inner.noalias() = y.transpose() * part;
            inner = t.triangularView<Eigen::Upper>() * inner;
            part.noalias() -= y * inner;
        }
    }
}

}  // namespace

SymmetricEigen EigenLargest(Matrix & a, Index count, const Control & control) {
    const Index n = a.rows();
    SymmetricEigen result;
    Vector below, tau;
    Tridiagonalise(a, result.values, below, tau, control);
    std::vector<Index> order(static_cast<size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    {
        Rotated rotated(n);
        Iterate(result.values, below, rotated, control);
        std::stable_sort(order.begin(), order.end(), [&](Index i, Index j) { return result.values[i] > result.values[j]; });
        result.vectors = rotated.Gather(order, count);
    }
    BackTransform(a, tau, result.vectors, control);
    Vector sorted(n);
    for (Index i = 0; i < n; i++) sorted[i] = result.values[order[static_cast<size_t>(i)]];
    result.values = sorted;
    return result;
}

}  // namespace steady::linalg

#include "linalg_solve.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>

#include "linalg_cholesky.h"

namespace steady::linalg {
namespace {

constexpr Index kPending = 128;
// Eigenvalues nearer than this share of the largest are equal: some times what the decomposition's rounding does to them.
constexpr double kEqual = 64.0 * std::numeric_limits<double>::epsilon();
constexpr uint32_t kMagic = 0x4d524753;  // "SGRM"
constexpr uint32_t kSaveVersion = 1;

// How many rows of a product of `cost` operations a row fit in the time between two looks at the cancel flag.
Index Portion(double cost) {
    return std::max<Index>(8, static_cast<Index>(5e8 / std::max(cost, 1.0)));
}

// lower(k) += x·xᵀ, a portion of x's columns at a time.
void AddOuter(Matrix & k, const Matrix & x, Stage stage, const Control & control) {
    const Index step = Portion(static_cast<double>(k.rows()) * k.rows());
    for (Index j = 0; j < x.cols(); j += step) {
        control.Step(stage, static_cast<double>(j) / x.cols());
        k.selfadjointView<Eigen::Lower>().rankUpdate(x.middleCols(j, std::min(step, x.cols() - j)));
    }
}

// lower(k) += xᵀ·x, a portion of x's rows at a time.
void AddInner(Matrix & k, const Matrix & x, Stage stage, const Control & control) {
    const Index step = Portion(static_cast<double>(k.rows()) * k.rows());
    for (Index i = 0; i < x.rows(); i += step) {
        control.Step(stage, static_cast<double>(i) / x.rows());
        k.selfadjointView<Eigen::Lower>().rankUpdate(x.middleRows(i, std::min(step, x.rows() - i)).transpose());
    }
}

// Makes the columns of v orthonormal, keeping the span of every leading group of them. They nearly are already.
void Orthonormalise(Matrix & v, const Control & control) {
    if (v.cols() == 0) return;
    Matrix overlap = Matrix::Zero(v.cols(), v.cols());
    AddInner(overlap, v, Stage::kVectors, control);
    Cholesky(overlap, Stage::kVectors, control);
    const Index step = Portion(static_cast<double>(v.cols()) * v.cols());
    for (Index i = 0; i < v.rows(); i += step) {
        control.Step(Stage::kVectors, static_cast<double>(i) / v.rows());
        auto part = v.middleRows(i, std::min(step, v.rows() - i));
        overlap.triangularView<Eigen::Lower>().transpose().solveInPlace<Eigen::OnTheRight>(part);
    }
}

// columns ← (I − v·vᵀ)·columns, for v with orthonormal columns.
void TakeAway(const Eigen::Ref<const Matrix> & v, Matrix & columns, const Control & control) {
    if (v.cols() == 0) return;
    const Index step = Portion(2.0 * static_cast<double>(v.rows()) * v.cols());
    Matrix along;
    for (Index j = 0; j < columns.cols(); j += step) {
        control.Step(Stage::kRidge, static_cast<double>(j) / columns.cols());
        auto part = columns.middleCols(j, std::min(step, columns.cols() - j));
        along.noalias() = v.transpose() * part;
        part.noalias() -= v * along;
    }
}

template <typename T>
void Put(std::vector<uint8_t> & bytes, const T * values, size_t count) {
    const auto * from = reinterpret_cast<const uint8_t *>(values);
    bytes.insert(bytes.end(), from, from + count * sizeof(T));
}

struct SavedHeader {
    uint32_t magic, version;
    uint64_t d, count, pending;
    double weight;
};

}  // namespace

double Rows::TotalWeight() const {
    return weights == nullptr ? static_cast<double>(count) : std::accumulate(weights, weights + count, 0.0);
}

void Rows::Check(const char * what) const {
    for (Index i = 0; i < count; i++) {
        const double weight = Weight(i);
        if (!(weight >= 0.0) || !std::isfinite(weight)) {
            throw BadInput("The weight of " + std::string(what) + " row " + std::to_string(i) + " is not a number of 0 or more.");
        }
        for (const float * x = data + i * d; x != data + (i + 1) * d; x++) {
            if (!std::isfinite(*x)) throw BadInput("The " + std::string(what) + " row " + std::to_string(i) + " holds a value that is not finite.");
        }
    }
}

void Rows::CopyScaled(Index begin, Index n, Eigen::Ref<Matrix> into) const {
    for (Index i = 0; i < n; i++) {
        into.col(i) = std::sqrt(Weight(begin + i)) * Eigen::Map<const Eigen::VectorXf>(data + (begin + i) * d, d).cast<double>();
    }
}

Gram::Gram(Index d) : d_(d), sum_(Matrix::Zero(d, d)), pending_(d, kPending) {}

void Gram::RequireWhole() const {
    if (broken_) throw BadInput("Adding rows was cancelled half-way; this sum cannot be used any more.");
}

void Gram::Flush() {
    sum_.selfadjointView<Eigen::Lower>().rankUpdate(pending_.leftCols(pending_count_));
    pending_count_ = 0;
}

void Gram::Add(const Rows & rows, const Control & control) {
    RequireWhole();
    rows.Check("benign");
    for (Index i = 0; i < rows.count;) {
        // Blocks are filled before they are added, so that portions do not show in the sum's rounding.
        const Index n = std::min(kPending - pending_count_, rows.count - i);
        rows.CopyScaled(i, n, pending_.middleCols(pending_count_, n));
        pending_count_ += n;
        i += n;
        if (pending_count_ < kPending) break;
        if (control.cancelled()) {
            broken_ = true;
            throw Cancelled();
        }
        control.progress(Stage::kGram, static_cast<double>(i) / rows.count);
        Flush();
    }
    count_ += static_cast<uint64_t>(rows.count);
    weight_ += rows.TotalWeight();
}

void Gram::Merge(const Gram & other) {
    RequireWhole();
    other.RequireWhole();
    sum_.triangularView<Eigen::Lower>() += other.sum_;
    for (Index j = 0; j < other.pending_count_; j++) {
        pending_.col(pending_count_++) = other.pending_.col(j);
        if (pending_count_ == kPending) Flush();
    }
    count_ += other.count_;
    weight_ += other.weight_;
}

Matrix Gram::Lower() const {
    RequireWhole();
    Matrix result = sum_;
    // Eigen divides by the width of an empty product.
    if (pending_count_ > 0) result.selfadjointView<Eigen::Lower>().rankUpdate(pending_.leftCols(pending_count_));
    return result;
}

std::vector<uint8_t> Gram::Save() const {
    RequireWhole();
    std::vector<uint8_t> bytes;
    const size_t values = static_cast<size_t>(d_) * (static_cast<size_t>(d_) + 1) / 2 + static_cast<size_t>(d_ * pending_count_);
    bytes.reserve(sizeof(SavedHeader) + values * sizeof(double));
    const SavedHeader header{kMagic, kSaveVersion, static_cast<uint64_t>(d_), count_, static_cast<uint64_t>(pending_count_), weight_};
    Put(bytes, &header, 1);
    for (Index j = 0; j < d_; j++) Put(bytes, sum_.data() + j * d_ + j, static_cast<size_t>(d_ - j));
    Put(bytes, pending_.data(), static_cast<size_t>(d_ * pending_count_));
    return bytes;
}

void Gram::Load(const uint8_t * bytes, size_t size) {
    const BadInput damaged("These saved sums are damaged or were made for another model.");
    SavedHeader header;
    if (size < sizeof(header)) throw damaged;
    std::memcpy(&header, bytes, sizeof(header));
    const uint64_t d = static_cast<uint64_t>(d_);
    if (header.magic != kMagic || header.version != kSaveVersion || header.d != d || header.pending >= kPending) throw damaged;
    if (!(header.weight >= 0.0) || !std::isfinite(header.weight) || header.count < header.pending) throw damaged;
    if (size != sizeof(header) + (d * (d + 1) / 2 + d * header.pending) * sizeof(double)) throw damaged;
    Matrix sum = Matrix::Zero(d_, d_);
    Matrix pending(d_, kPending);
    const uint8_t * from = bytes + sizeof(header);
    for (Index j = 0; j < d_; j++) {
        std::memcpy(sum.data() + j * d_ + j, from, static_cast<size_t>(d_ - j) * sizeof(double));
        from += static_cast<size_t>(d_ - j) * sizeof(double);
    }
    std::memcpy(pending.data(), from, d * header.pending * sizeof(double));
    if (!sum.allFinite() || !pending.leftCols(static_cast<Index>(header.pending)).allFinite()) throw damaged;
    if (sum.diagonal().size() > 0 && sum.diagonal().minCoeff() < 0.0) throw damaged;
    sum_ = std::move(sum);
    pending_ = std::move(pending);
    pending_count_ = static_cast<Index>(header.pending);
    count_ = header.count;
    weight_ = header.weight;
    broken_ = false;
}

void NullSpace::FromGram(const Gram & gram, Index min_rank, const Control & control) {
    if (gram.count() == 0 || !(gram.weight() > 0.0)) throw BadInput("There are no benign rows.");
    const Index d = gram.d();
    Matrix sum = gram.Lower();
    SymmetricEigen eigen = EigenLargest(sum, d - min_rank, control);
    d_ = d;
    weight_ = gram.weight();
    values_ = std::move(eigen.values);
    leading_ = std::move(eigen.vectors);
    tolerance_ = kEqual * std::max(values_[0], 0.0);
}

void NullSpace::FromRows(const Rows & rows, Index min_rank, const Control & control) {
    if (rows.count == 0 || rows.TotalWeight() == 0.0) throw BadInput("There are no benign rows.");
    if (rows.count >= rows.d) {
        Gram gram(rows.d);
        gram.Add(rows, control);
        FromGram(gram, min_rank, control);
        return;
    }
    rows.Check("benign");
    const Index n = rows.count;
    Matrix h(rows.d, n);
    rows.CopyScaled(0, n, h);
    Matrix inner = Matrix::Zero(n, n);
    AddInner(inner, h, Stage::kGram, control);
    SymmetricEigen eigen = EigenLargest(inner, std::min(n, rows.d - min_rank), control);
    inner.resize(0, 0);

    d_ = rows.d;
    weight_ = rows.TotalWeight();
    values_ = Vector::Zero(d_);
    values_.head(n) = eigen.values;
    tolerance_ = kEqual * std::max(values_[0], 0.0);
    // G·(Hᵀu) = σ²·(Hᵀu): the same eigenvalues, and these vectors. Where σ is nought there is no such vector.
    Index used = 0;
    while (used < eigen.vectors.cols() && eigen.values[used] > tolerance_) used++;
    leading_.resize(d_, used);
    const Index step = Portion(static_cast<double>(d_) * n);
    for (Index j = 0; j < used; j += step) {
        control.Step(Stage::kVectors, static_cast<double>(j) / used);
        const Index columns = std::min(step, used - j);
        leading_.middleCols(j, columns).noalias() = h * eigen.vectors.middleCols(j, columns);
    }
    for (Index j = 0; j < used; j++) leading_.col(j) /= std::sqrt(eigen.values[j]);
    Orthonormalise(leading_, control);
}

Index NullSpace::EffectiveRank(Index rank) const {
    // Which of several equal eigenvalues comes first is chance, so all of them are kept or none. In the exact null space
    // of few benign rows this means the whole of it.
    const double limit = values_[d_ - rank] + tolerance_;
    while (rank < d_ && values_[d_ - rank - 1] <= limit) rank++;
    return rank;
}

void NullSpace::RequireRank(Index rank) const {
    if (rank < 1 || rank > d_ || d_ - EffectiveRank(rank) > leading_.cols()) {
        throw BadInput("This decomposition does not reach down to rank " + std::to_string(rank) + ".");
    }
}

Matrix NullSpace::Project(const Rows & rows, Index rank, const Control & control) const {
    RequireRank(rank);
    rows.Check("projected");
    Matrix result(d_, rows.count);
    rows.CopyScaled(0, rows.count, result);
    TakeAway(leading_.leftCols(d_ - EffectiveRank(rank)), result, control);
    return result;
}

std::vector<Solution> NullSpace::Solve(const Rows & harmful, const std::vector<Index> & ranks, double alpha, const Control & control) const {
    if (harmful.count == 0 || harmful.TotalWeight() == 0.0) throw BadInput("There are no harmful rows.");
    harmful.Check("harmful");
    const Index m = harmful.count;
    for (const Index rank : ranks) RequireRank(rank);
    // From the largest null space to the smallest: each takes more directions away than the one before.
    std::vector<size_t> order(ranks.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) { return ranks[i] > ranks[j]; });

    Matrix rows(d_, m);  // √weight·P·h, a column for a row
    harmful.CopyScaled(0, m, rows);
    Vector targets(m);
    for (Index i = 0; i < m; i++) targets[i] = std::sqrt(harmful.Weight(i));

    std::vector<Solution> solutions(ranks.size());
    Index taken = 0;
    for (size_t done = 0; done < order.size(); done++) {
        const Control inner{control.cancelled, [&](Stage stage, double part) {
                                control.progress(stage, (static_cast<double>(done) + part) / static_cast<double>(order.size()));
                            }};
        Solution & solution = solutions[order[done]];
        solution.rank = EffectiveRank(ranks[order[done]]);
        const Index outside = d_ - solution.rank;
        if (outside > taken) {
            const Control first{control.cancelled, [&](Stage stage, double part) { inner.progress(stage, 0.5 * part); }};
            TakeAway(leading_.middleCols(taken, outside - taken), rows, first);
            taken = outside;
        }
        const Control half{control.cancelled, [&](Stage stage, double part) { inner.progress(stage, 0.5 + 0.5 * part); }};
        Vector w;
        if (m <= d_) {
            Matrix k = Matrix::Zero(m, m);
            AddInner(k, rows, Stage::kRidge, half);
            k.diagonal().array() += alpha;
            Cholesky(k, Stage::kRidge, half);
            Vector y = targets;
            CholeskySolve(k, y);
            w.noalias() = rows * y;
        } else {
            Matrix s = Matrix::Zero(d_, d_);
            AddOuter(s, rows, Stage::kRidge, half);
            s.diagonal().array() += alpha;
            Cholesky(s, Stage::kRidge, half);
            w.noalias() = rows * targets;
            CholeskySolve(s, w);
        }
        // w lies in the null space already, but for rounding.
        const auto v = leading_.leftCols(outside);
        const Vector along = v.transpose() * w;
        w.noalias() -= v * along;
        if (!w.allFinite()) throw Failed("The regression gave values that are not finite.");

        solution.w = w.cast<float>();
        solution.w_norm = w.norm();
        solution.kept_largest = std::max(values_[outside], 0.0);
        solution.cut_smallest = outside == 0 ? std::numeric_limits<double>::quiet_NaN() : values_[outside - 1];
        // The exact sum of small eigenvalues is not negative; rounding may make it so.
        const double kept = std::max(values_.tail(solution.rank).sum(), 0.0);
        solution.benign_residual = weight_ > 0.0 ? std::sqrt(kept / weight_) : 0.0;
        solution.harmful_scores.resize(m);
        Scores(harmful, solution.w.data(), solution.harmful_scores.data(), half);
    }
    return solutions;
}

void Scores(const Rows & rows, const float * w, float * scores, const Control & control) {
    const Vector weights = Eigen::Map<const Eigen::VectorXf>(w, rows.d).cast<double>();
    for (Index i = 0; i < rows.count; i++) {
        if (i % 1024 == 0 && control.cancelled()) throw Cancelled();
        scores[i] = static_cast<float>(Eigen::Map<const Eigen::VectorXf>(rows.data + i * rows.d, rows.d).cast<double>().dot(weights));
    }
}

}  // namespace steady::linalg

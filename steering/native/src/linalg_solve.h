// The linear algebra of a layer's calibration: benign null space, then ridge regression inside it.
//
// d: width of the residual stream; rows are 32-bit floats, d a row, row after row. Everything else is double precision:
// a few directions of a residual stream are thousands of times larger than the rest, and what single precision loses
// beside them (10⁻⁷ of the largest squared) covers the small eigenvalues that the null space is made of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "linalg_eigen.h"

namespace steady::linalg {

using Index = Eigen::Index;

// Rows borrowed from the caller, with an optional weight ≥ 0 for each.
struct Rows {
    const float * data = nullptr;
    Index count = 0;
    Index d = 0;
    const double * weights = nullptr;  // null: all 1

    double Weight(Index row) const { return weights == nullptr ? 1.0 : weights[row]; }
    double TotalWeight() const;
    // Throws BadInput, naming the first row that is not finite or whose weight is negative; `what` names the rows.
    void Check(const char * what) const;
    // Rows as the columns of a d × count matrix, each times √weight.
    void CopyScaled(Index begin, Index count, Eigen::Ref<Matrix> into) const;
};

// G = Σ weight·h·hᵀ over rows that come in any portions: the sum's bits depend on the rows' order alone.
class Gram {
   public:
    explicit Gram(Index d);

    void Add(const Rows & rows, const Control & control);
    // Adds the other's sum after this one's.
    void Merge(const Gram & other);
    // The whole sum so far, lower triangle.
    Matrix Lower() const;

    std::vector<uint8_t> Save() const;
    // Throws BadInput for anything but what Save returned for the same d.
    void Load(const uint8_t * bytes, size_t size);

    Index d() const { return d_; }
    uint64_t count() const { return count_; }
    double weight() const { return weight_; }

   private:
    void Flush();
    void RequireWhole() const;

    Index d_;
    uint64_t count_ = 0;
    double weight_ = 0.0;
    bool broken_ = false;  // an addition was cancelled half-way
    Matrix sum_;           // lower triangle
    Matrix pending_;       // d × kPending; the first `pending_count_` columns wait to be added
    Index pending_count_ = 0;
};

// One ridge solution.
struct Solution {
    Index rank = 0;              // of P: the rank asked for, or more where eigenvalues cannot be told apart
    Eigen::VectorXf w;           // d
    double kept_largest = 0.0;   // largest eigenvalue inside the null space
    double cut_smallest = 0.0;   // smallest outside; NaN where nothing is outside
    double benign_residual = 0.0;  // root mean square length of benign rows inside the null space
    double w_norm = 0.0;
    Eigen::VectorXf harmful_scores;
};

// The eigenvectors of G outside the null space: P = I − V·Vᵀ. One decomposition serves every ρ and α.
class NullSpace {
   public:
    // `min_rank`: the smallest rank of P that will be asked for; fewer vectors are needed the larger it is.
    void FromGram(const Gram & gram, Index min_rank, const Control & control);
    // Works on the n × n matrix of inner products where there are fewer rows than dimensions.
    void FromRows(const Rows & rows, Index min_rank, const Control & control);

    // w = argmin Σ weight·(h·P·w − 1)² + α‖w‖² for each rank, in the order given. `harmful.d` must equal d.
    std::vector<Solution> Solve(const Rows & harmful, const std::vector<Index> & ranks, double alpha, const Control & control) const;

    // rows·P in double precision, a column a row; the rank as EffectiveRank gives it.
    Matrix Project(const Rows & rows, Index rank, const Control & control) const;

    // The rank that P gets when `rank` is asked for.
    Index EffectiveRank(Index rank) const;

    Index d() const { return d_; }
    const Vector & values() const { return values_; }  // d, descending

   private:
    void RequireRank(Index rank) const;

    Index d_ = 0;
    double weight_ = 0.0;
    double tolerance_ = 0.0;  // eigenvalues closer than this are equal
    Vector values_;
    Matrix leading_;  // d × (d − smallest rank)
};

// c = rows·w in double precision.
void Scores(const Rows & rows, const float * w, float * scores, const Control & control);

}  // namespace steady::linalg

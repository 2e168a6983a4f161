// Package meta trains small networks that emit the operators of a multigrid method from the
// operator to be solved, so that one training serves a family of problems:
//
//	A ↦ K_1 … K_m, P      for constant A, level by level       [Levels]
//	A ↦ K_1 … K_m         for variable A, point by point       [Smoothers]
//	A ↦ P                 for variable A, point by point       [Influence]
//
// The first two are after Meta-MgNet (Chen, Dong, Xu, arXiv 2010.14088), the third after Greenfeld
// et al., Learning to optimize multigrid PDE solvers (ICML 2019); protocols, networks and losses are
// of this package. What a network emits are linear operators, fixed when a solve begins: the solver
// runs them as it does classical ones, and the answer is checked by its residual. Networks are
// evaluated by package method, which needs nothing of this package.
//
// Gradients are exact and by hand: through the eigenvalues of two-grid symbols for the first,
// through cycles on three grids of a patch for the second, and through the two-grid error in the
// energy norm for the third.
package meta

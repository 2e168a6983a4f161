// Package bridge switches each operator of the cycle between fixed and learned,
// for both jobs, and measures what each one is worth:
//
//	            multigrid for A u = g        classifier of images
//	A           rediscretised or R A P       the five-point stencil on each channel
//	B           ω-Jacobi, Gauss–Seidel       two Richardson sweeps
//	R, P        full weighting, bilinear     the same stencils
//	Π           0                            injection
//
// A specification, package specification, says which operators are learned, and what they may
// look like. [New] makes the [Cycle] of it for an operator of package stencil, [Cycle.Train]
// trains it over a graph, through the cycle unrolled k times, and [Cycle.Method] makes it a
// method that the solver runs at any size. Package images trains classifiers. Both are walked
// by the one cycle.Run.
package bridge

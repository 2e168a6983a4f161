package train

// A first layer that is computed from the images and not trained: filters of 2×2
// pixels whose results on the training set have no correlation and variance one,
//
//	± e_k / √(λ_k + ε),   C e_k = λ_k e_k,   C = mean of p pᵀ over patches p,
//
// two for each of the 4·C_in eigenvectors, since an activation behind them drops
// half of every value (D. Page, How to Train Your ResNet, 2018; the numbers are
// those of K. Jordan, arXiv:2404.00498, section 3.2).

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"mgtool/mgnet"
	"mgtool/source"
)

const (
	whitenImages = 5000 // the first of the training set
	whitenEps    = 5e-4
)

// whiten gives a network with such a layer its filters.
func whiten(n *mgnet.Network, s source.Source) error {
	filters := n.Whitening()
	if filters == nil {
		return nil
	}
	covariance, err := patchCovariance(s)
	if err != nil {
		return err
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(covariance, true) {
		return fmt.Errorf("mgnet: whitening: the covariance of 2×2 patches of %s has no eigenvectors that could be found", s)
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	size, out := 4*n.Model.Sig().InChannels, filters.Shape[3]
	for k, lambda := range eigen.Values(nil) {
		sum := 0.0
		for i := range size {
			sum += vectors.At(i, k)
		}
		scale := math.Copysign(1/math.Sqrt(math.Max(lambda, 0)+whitenEps), sum) // a sign of its own: bright is positive
		for i := range size {
			v := float32(scale * vectors.At(i, k))
			filters.Data[i*out+k], filters.Data[i*out+size+k] = v, -v
		}
	}
	return nil
}

// patchCovariance is C over all patches of the first images, normalised. A patch is
// the 2×2×C_in values that a filter sees, in its order.
func patchCovariance(s source.Source) (*mat.SymDense, error) {
	form := s.Form()
	height, width, channels := form.Input[0], form.Input[1], form.Input[2]
	count, size := min(s.Len(), whitenImages), 4*channels
	one := form.NewBatch(1)
	x := one.X
	sums := mat.NewSymDense(size, nil)
	patch := make([]float64, size)
	vector := mat.NewVecDense(size, patch)
	row := width * channels
	for image := range count {
		if err := s.Read(one, image, 1); err != nil {
			return nil, err
		}
		for i := range height - 1 {
			for j := range width - 1 {
				at := i*row + j*channels
				for c := range 2 * channels {
					patch[c], patch[2*channels+c] = float64(x[at+c]), float64(x[at+row+c])
				}
				sums.SymRankOne(sums, 1, vector)
			}
		}
	}
	sums.ScaleSym(1/float64(count*(height-1)*(width-1)), sums)
	return sums, nil
}

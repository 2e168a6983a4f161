//go:build amd64 && !purego

package simd

var rowsAVX512 = rowKernels{
	width:     16,
	affine:    affineAVX512,
	addAffine: addAffineAVX512,
	add:       addAVX512,
	sub:       subAVX512,
	moments:   momentsAVX512,
	gradSums:  gradSumsAVX512,
	gradApply: gradApplyAVX512,
	sgd:       sgdAVX512,
}

var rowsAVX2 = rowKernels{
	width:     8,
	affine:    affineAVX2,
	addAffine: addAffineAVX2,
	add:       addAVX2,
	sub:       subAVX2,
	moments:   momentsAVX2,
	gradSums:  gradSumsAVX2,
	gradApply: gradApplyAVX2,
	sgd:       sgdAVX2,
}

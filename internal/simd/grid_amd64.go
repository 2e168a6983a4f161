//go:build amd64 && !purego

package simd

var gridsAVX512 = gridKernels{
	single: GridKernels[float32]{
		stencilKernels{
			relax5: relax5AVX512, relax7: relax7AVX512,
			relaxNorms5: relaxNorms5AVX512, relaxNorms7: relaxNorms7AVX512,
			map5: map5AVX512, map7: map7AVX512,
			norms5: norms5AVX512, norms7: norms7AVX512,
		},
		transferKernels[float32]{
			width:    16,
			restrict: restrictAVX512, restrictAdd: restrictAddAVX512,
			prolong: prolongAVX512, prolongCubic: prolongCubicAVX512,
			restrictCells: restrictCellsAVX512, restrictCellsAdd: restrictCellsAddAVX512, prolongCells: prolongCellsAVX512,
			average: averageAVX512, combine4: combine4AVX512, addScaled: addScaledAVX512,
			dot: dotAVX512,
		},
		nineKernels[float32]{mapNineAVX512, relaxNineAVX512, restrictNineAVX512, prolongNineAVX512},
		varyingKernels[float32]{mapVaryingAVX512, copyColourAVX512},
		facesKernels{
			[3]func(*byte, int, int, *int32){relaxFaces3AVX512, relaxFaces5AVX512, relaxFaces7AVX512},
			[3]func(*byte, int, int, *int32) (float64, float64){relaxNormsFaces3AVX512, relaxNormsFaces5AVX512, relaxNormsFaces7AVX512},
			[3]func(*byte, int, *int32) float64{residualFaces3AVX512, residualFaces5AVX512, residualFaces7AVX512},
		},
	},
	double: GridKernels[float64]{
		stencilKernels{
			relax5: relax5DoubleAVX512, relax7: relax7DoubleAVX512,
			relaxNorms5: relaxNorms5DoubleAVX512, relaxNorms7: relaxNorms7DoubleAVX512,
			map5: map5DoubleAVX512, map7: map7DoubleAVX512,
			norms5: norms5DoubleAVX512, norms7: norms7DoubleAVX512,
		},
		transferKernels[float64]{
			width:    8,
			restrict: restrictDoubleAVX512, restrictAdd: restrictAddDoubleAVX512,
			prolong: prolongDoubleAVX512, prolongCubic: prolongCubicDoubleAVX512,
			restrictCells: restrictCellsDoubleAVX512, restrictCellsAdd: restrictCellsAddDoubleAVX512, prolongCells: prolongCellsDoubleAVX512,
			average: averageDoubleAVX512, combine4: combine4DoubleAVX512, addScaled: addScaledDoubleAVX512,
			dot: dotDoubleAVX512,
		},
		nineKernels[float64]{mapNineDoubleAVX512, relaxNineDoubleAVX512, restrictNineDoubleAVX512, prolongNineDoubleAVX512},
		varyingKernels[float64]{mapVaryingDoubleAVX512, copyColourDoubleAVX512},
		facesKernels{
			[3]func(*byte, int, int, *int32){relaxFaces3DoubleAVX512, relaxFaces5DoubleAVX512, relaxFaces7DoubleAVX512},
			[3]func(*byte, int, int, *int32) (float64, float64){relaxNormsFaces3DoubleAVX512, relaxNormsFaces5DoubleAVX512, relaxNormsFaces7DoubleAVX512},
			[3]func(*byte, int, *int32) float64{residualFaces3DoubleAVX512, residualFaces5DoubleAVX512, residualFaces7DoubleAVX512},
		},
	},
	mixedKernels: mixedKernels{toSingleDoubleAVX512, addSingleDoubleAVX512},
}

var gridsAVX2 = gridKernels{
	single: GridKernels[float32]{
		stencilKernels{
			relax5: relax5AVX2, relax7: relax7AVX2,
			relaxNorms5: relaxNorms5AVX2, relaxNorms7: relaxNorms7AVX2,
			map5: map5AVX2, map7: map7AVX2,
			norms5: norms5AVX2, norms7: norms7AVX2,
		},
		transferKernels[float32]{
			width:    8,
			restrict: restrictAVX2, restrictAdd: restrictAddAVX2,
			prolong: prolongAVX2, prolongCubic: prolongCubicAVX2,
			restrictCells: restrictCellsAVX2, restrictCellsAdd: restrictCellsAddAVX2, prolongCells: prolongCellsAVX2,
			average: averageAVX2, combine4: combine4AVX2, addScaled: addScaledAVX2,
			dot: dotAVX2,
		},
		nineKernels[float32]{mapNineAVX2, relaxNineAVX2, restrictNineAVX2, prolongNineAVX2},
		varyingKernels[float32]{mapVaryingAVX2, copyColourAVX2},
		facesKernels{
			[3]func(*byte, int, int, *int32){relaxFaces3AVX2, relaxFaces5AVX2, relaxFaces7AVX2},
			[3]func(*byte, int, int, *int32) (float64, float64){relaxNormsFaces3AVX2, relaxNormsFaces5AVX2, relaxNormsFaces7AVX2},
			[3]func(*byte, int, *int32) float64{residualFaces3AVX2, residualFaces5AVX2, residualFaces7AVX2},
		},
	},
	double: GridKernels[float64]{
		stencilKernels{
			relax5: relax5DoubleAVX2, relax7: relax7DoubleAVX2,
			relaxNorms5: relaxNorms5DoubleAVX2, relaxNorms7: relaxNorms7DoubleAVX2,
			map5: map5DoubleAVX2, map7: map7DoubleAVX2,
			norms5: norms5DoubleAVX2, norms7: norms7DoubleAVX2,
		},
		transferKernels[float64]{
			width:    4,
			restrict: restrictDoubleAVX2, restrictAdd: restrictAddDoubleAVX2,
			prolong: prolongDoubleAVX2, prolongCubic: prolongCubicDoubleAVX2,
			restrictCells: restrictCellsDoubleAVX2, restrictCellsAdd: restrictCellsAddDoubleAVX2, prolongCells: prolongCellsDoubleAVX2,
			average: averageDoubleAVX2, combine4: combine4DoubleAVX2, addScaled: addScaledDoubleAVX2,
			dot: dotDoubleAVX2,
		},
		nineKernels[float64]{mapNineDoubleAVX2, relaxNineDoubleAVX2, restrictNineDoubleAVX2, prolongNineDoubleAVX2},
		varyingKernels[float64]{mapVaryingDoubleAVX2, copyColourDoubleAVX2},
		facesKernels{
			[3]func(*byte, int, int, *int32){relaxFaces3DoubleAVX2, relaxFaces5DoubleAVX2, relaxFaces7DoubleAVX2},
			[3]func(*byte, int, int, *int32) (float64, float64){relaxNormsFaces3DoubleAVX2, relaxNormsFaces5DoubleAVX2, relaxNormsFaces7DoubleAVX2},
			[3]func(*byte, int, *int32) float64{residualFaces3DoubleAVX2, residualFaces5DoubleAVX2, residualFaces7DoubleAVX2},
		},
	},
	mixedKernels: mixedKernels{toSingleDoubleAVX2, addSingleDoubleAVX2},
}

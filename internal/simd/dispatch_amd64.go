//go:build !purego

package simd

import "golang.org/x/sys/cpu"

var (
	avx512 = Kernels{"avx512", tilesAVX512, winogradAVX512, rowsAVX512, activationsAVX512, gridsAVX512, bfloat16AVX512()}
	avx2   = Kernels{"avx2", tilesAVX2, winogradAVX2, rowsAVX2, activationsAVX2, gridsAVX2, nil}
)

func assembly() (list []*Kernels) {
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ {
		list = append(list, &avx512)
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		list = append(list, &avx2)
	}
	return list
}

var tilesAVX512 = Products{
	Rows: 12, Columns: 32, lanes: 16, peak: peakAVX512,
	tiles: []tileKernel{
		{4, 16, tile4x16AVX512, tileTrans4x16AVX512},
		{8, 16, tile8x16AVX512, tileTrans8x16AVX512},
		{12, 16, tile12x16AVX512, tileTrans12x16AVX512},
		{4, 32, tile4x32AVX512, tileTrans4x32AVX512},
		{8, 32, tile8x32AVX512, tileTrans8x32AVX512},
		{12, 32, tile12x32AVX512, tileTrans12x32AVX512},
	},
}

var tilesAVX2 = Products{
	Rows: 6, Columns: 16, lanes: 8, peak: peakAVX2,
	tiles: []tileKernel{
		{3, 8, tile3x8AVX2, tileTrans3x8AVX2},
		{6, 8, tile6x8AVX2, tileTrans6x8AVX2},
		{3, 16, tile3x16AVX2, tileTrans3x16AVX2},
		{6, 16, tile6x16AVX2, tileTrans6x16AVX2},
	},
}

func bfloat16AVX512() *Bfloat16 {
	if !cpu.X86.HasAVX512BF16 || !cpu.X86.HasAVX512BW || !cpu.X86.HasBMI2 {
		return nil
	}
	return &Bfloat16{
		Products: Products{
			Rows: 12, Columns: 32, lanes: 16,
			tiles: []tileKernel{
				{4, 16, tilePairs4x16AVX512, tileTransPairs4x16AVX512},
				{8, 16, tilePairs8x16AVX512, tileTransPairs8x16AVX512},
				{12, 16, tilePairs12x16AVX512, tileTransPairs12x16AVX512},
				{4, 32, tilePairs4x32AVX512, tileTransPairs4x32AVX512},
				{8, 32, tilePairs8x32AVX512, tileTransPairs8x32AVX512},
				{12, 32, tilePairs12x32AVX512, tileTransPairs12x32AVX512},
			},
		},
		neighbours: pairNeighboursAVX512, rows: pairRowsAVX512,
		input: winogradInputPairsAVX512, gradient: winogradGradientPairsAVX512,
	}
}

var winogradAVX512 = winogradKernels{
	winogradInputAVX512, winogradOutputAVX512, winogradGradientAVX512,
	winogradWeightsAVX512, winogradWeightGradientAVX512,
	lineKernels{
		winogradInputLineAVX512, winogradOutputLineAVX512, winogradGradientLineAVX512,
		winogradWeightsLineAVX512, winogradWeightGradientLineAVX512,
	},
}

var winogradAVX2 = winogradKernels{
	winogradInputAVX2, winogradOutputAVX2, winogradGradientAVX2,
	winogradWeightsAVX2, winogradWeightGradientAVX2,
	lineKernels{
		winogradInputLineAVX2, winogradOutputLineAVX2, winogradGradientLineAVX2,
		winogradWeightsLineAVX2, winogradWeightGradientLineAVX2,
	},
}

//go:build amd64 && !purego

package simd

var rowsAVX512 = rowKernels{
	width:     16,
	add:       addAVX512,
	sub:       subAVX512,
	moments:   momentsAVX512,
	gradSums:  gradSumsAVX512,
	gradApply: gradApplyAVX512,
	sgd:       sgdAVX512,
	larger:    largerAVX512,
	toLargest: toLargestAVX512,

	largestOfFour:   largestOfFourAVX512,
	toLargestOfFour: toLargestOfFourAVX512,
	weightedRows:    weightedRowsAVX512,
}

var rowsAVX2 = rowKernels{
	width:     8,
	add:       addAVX2,
	sub:       subAVX2,
	moments:   momentsAVX2,
	gradSums:  gradSumsAVX2,
	gradApply: gradApplyAVX2,
	sgd:       sgdAVX2,
	larger:    largerAVX2,
	toLargest: toLargestAVX2,

	largestOfFour:   largestOfFourAVX2,
	toLargestOfFour: toLargestOfFourAVX2,
	weightedRows:    weightedRowsAVX2,
}

var activationsAVX512 = activationKernels{
	affine: [activations]mapKernel{
		Identity:  limitAVX512,
		ReLU:      limitAVX512,
		PReLU:     preluAVX512,
		Hat:       hatAVX512,
		GELU:      geluAVX512,
		Sigmoid:   sigmoidAVX512,
		Tanh:      tanhAVX512,
		Heaviside: heavisideAVX512,
	},
	addAffine: [activations]addKernel{
		Identity:  limitAddAVX512,
		ReLU:      limitAddAVX512,
		PReLU:     preluAddAVX512,
		Hat:       hatAddAVX512,
		GELU:      geluAddAVX512,
		Sigmoid:   sigmoidAddAVX512,
		Tanh:      tanhAddAVX512,
		Heaviside: heavisideAddAVX512,
	},
	gate: [activations]addKernel{
		PReLU:   preluGateAVX512,
		Hat:     hatGateAVX512,
		GELU:    geluGateAVX512,
		Sigmoid: sigmoidGateAVX512,
		Tanh:    tanhGateAVX512,
	},
	gateTheta: [activations]addKernel{
		PReLU: preluGateThetaAVX512,
		Hat:   hatGateThetaAVX512,
	},
}

var activationsAVX2 = activationKernels{
	affine: [activations]mapKernel{
		Identity:  limitAVX2,
		ReLU:      limitAVX2,
		PReLU:     preluAVX2,
		Hat:       hatAVX2,
		GELU:      geluAVX2,
		Sigmoid:   sigmoidAVX2,
		Tanh:      tanhAVX2,
		Heaviside: heavisideAVX2,
	},
	addAffine: [activations]addKernel{
		Identity:  limitAddAVX2,
		ReLU:      limitAddAVX2,
		PReLU:     preluAddAVX2,
		Hat:       hatAddAVX2,
		GELU:      geluAddAVX2,
		Sigmoid:   sigmoidAddAVX2,
		Tanh:      tanhAddAVX2,
		Heaviside: heavisideAddAVX2,
	},
	gate: [activations]addKernel{
		PReLU:   preluGateAVX2,
		Hat:     hatGateAVX2,
		GELU:    geluGateAVX2,
		Sigmoid: sigmoidGateAVX2,
		Tanh:    tanhGateAVX2,
	},
	gateTheta: [activations]addKernel{
		PReLU: preluGateThetaAVX2,
		Hat:   hatGateThetaAVX2,
	},
}
